"""Who is it: which stored patients may be the person that is described, and how sure that is."""
