"""`python -m shared.store.migrations`: migrates the database whose address stands on standard input."""

import sys

from shared.store.migrate import migrate

if __name__ == "__main__":
    migrate(sys.stdin.read())
