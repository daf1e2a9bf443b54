"""Drafts the next migration: what the tables declare beyond what the migrations so far make.

`python -m shared.store.migrations.draft <words for its file name>`; then read it, and raise HEAD in shared.store.migrations.
"""

from __future__ import annotations

import sys
import tempfile

from alembic import command

from shared.store.migrations import HEAD
from shared.store.migrations.upgrade import config_of, engine_of, upgrade


def draft(words: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/draft.db"
        upgrade(url)
        with engine_of(url).begin() as connection:
            config = config_of(connection)
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            command.revision(config, words, autogenerate=True, rev_id=f"{int(HEAD) + 1:04}")


if __name__ == "__main__":
    draft(" ".join(sys.argv[1:]))
