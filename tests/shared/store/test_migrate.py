"""Tables are made once, and finding them made costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from shared.store import delivery_tables, index_tables, migrations  # noqa: F401 (they declare tables)
from shared.store.migrate import HEAD, migrate, revision
from shared.store.tables import METADATA


def test_an_empty_database_is_brought_to_the_newest_migration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/folder/that/is/not/there/store.db"
    assert revision(url) is None

    migrate(url)
    migrate(url)

    assert revision(url) == HEAD


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


def _declared(_: object, name: str, kind: str, reflected: bool, compared: object) -> bool:
    """Tables and indexes made by EXTRAS are nobody's to compare: SQLAlchemy has no words for them."""
    return not (reflected and compared is None and (kind == "index" or name.startswith("phrase_trigram")))
