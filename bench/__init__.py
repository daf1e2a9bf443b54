"""How fast the engine is on this machine: `make bench` runs every module of this package."""
