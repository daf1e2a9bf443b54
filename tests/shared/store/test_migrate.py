"""Tables are made once, and finding them made costs next to nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

from shared.store import delivery_tables, index_tables, migrations, tables
from shared.store.migrate import migrate, migrating, revision
from shared.store.migrations import HEAD
from shared.store.tables import METADATA


def test_an_empty_database_is_brought_to_the_newest_migration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/folder/that/is/not/there/store.db"
    assert revision(url) is None

    migrate(url)
    migrate(url)

    assert revision(url) == HEAD


def test_a_database_is_migrated_beside_what_else_is_done(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.db"

    with migrating(url):
        pass

    assert revision(url) == HEAD


def test_where_migrating_beside_fails_what_is_done_goes_on(tmp_path: Path) -> None:
    (tmp_path / "store.db").mkdir()

    with migrating(f"sqlite:///{tmp_path}/store.db"):
        done = True

    assert done


def test_the_newest_migration_is_the_one_that_starts_look_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_migrated_database_has_what_the_tables_declare(database_url: str) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _declared, "compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_a_start_on_a_current_database_does_not_load_alembic(sqlite_url: str) -> None:
    opening = "from shared.store.store import Store; Store.open(sys.argv[1], service='x')"
    script = f"import sys; {opening}; print('alembic' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", script, sqlite_url], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_a_migrated_file_is_the_one_that_the_tables_declare(sqlite_url: str, tmp_path: Path) -> None:
    """Triggers, virtual tables and partial indexes too."""
    declared = create_engine(f"sqlite:///{tmp_path}/declared.db")
    with declared.begin() as connection:
        METADATA.create_all(connection)
        for extras in (tables.EXTRAS, index_tables.EXTRAS, delivery_tables.EXTRAS):
            for statement in extras.get("sqlite", ()):
                connection.exec_driver_sql(statement)

    assert _statements(create_engine(sqlite_url)) == _statements(declared)


def test_what_postgresql_has_besides_is_in_the_migrations() -> None:
    """Statement by statement, as the tables' EXTRAS have them."""
    versions = ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions()
    beyond = [getattr(version.module, "BEYOND", {}).get("postgresql", ()) for version in versions]
    migrated = {" ".join(statement.split()) for statements in beyond for statement in statements}
    for extras in (tables.EXTRAS, index_tables.EXTRAS, delivery_tables.EXTRAS):
        assert {" ".join(statement.split()) for statement in extras.get("postgresql", ())} <= migrated


def _statements(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
        )
        found = {name: re.sub(r"\W+", " ", sql).strip() for name, sql in rows}
    engine.dispose()
    return found


def _declared(_: object, name: str, kind: str, reflected: bool, compared: object) -> bool:
    """Tables and indexes made by EXTRAS are nobody's to compare: SQLAlchemy has no words for them."""
    return not (reflected and compared is None and (kind == "index" or name.startswith("phrase_trigram")))
