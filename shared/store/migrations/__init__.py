"""The history of the tables, as Alembic migrations: first expand, later contract, so that old code runs on the new schema."""
