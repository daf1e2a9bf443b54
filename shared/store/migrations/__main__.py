"""`python -m shared.store.migrations`: migrates the database whose address stands on standard input."""

import sys

from shared.store.migrations.upgrade import upgrade

if __name__ == "__main__":
    upgrade(sys.stdin.read())
