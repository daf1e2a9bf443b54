"""The history of the tables, as Alembic migrations: first expand, later contract, so that old code runs on the new schema."""

from typing import Final

HEAD: Final = "0004"
"""The newest of them, so that Alembic needn't be loaded to find nothing to do."""
