"""Search: a parsed query compiled to SQL, run, with its includes and its cursor."""

from shared.store.search.found import Found, find, ids

__all__ = ["Found", "find", "ids"]
