"""Search: a parsed query compiled to SQL, run, with its includes and its cursor."""
