"""`:contains`: found by trigrams among the distinct texts, so that what it costs is paid once for each text.

https://www.sqlite.org/fts5.html#the_trigram_tokenizer, https://www.postgresql.org/docs/15/pgtrgm.html
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.fhir.query.atoms import TextContains
from shared.store.search.scope import Scope
from shared.store.search.sql import Sql, sql

_SQLITE = (
    "SELECT s.rid FROM phrase_trigram t CROSS JOIN phrase p CROSS JOIN string_index s "
    "WHERE t.text MATCH ? AND p.id = t.rowid AND s.param = ? AND s.value = p.value"
)
_POSTGRESQL = (
    "SELECT s.rid FROM (SELECT DISTINCT value FROM phrase WHERE text LIKE ?) p CROSS JOIN string_index s "
    "WHERE s.param = ? AND s.value = p.value"
)


def looks(scope: Scope, _: str, atom: TextContains) -> Iterator[Sql]:
    if scope.dialect == "postgresql":
        yield sql(_POSTGRESQL, _pattern(atom.part), atom.param)
    else:
        yield sql(_SQLITE, '"' + atom.part.replace('"', '""') + '"', atom.param)


def condition(atom: TextContains) -> Sql:
    """On a row of string_index; of a long text that row has the beginning only, the phrase all."""
    pattern = _pattern(atom.part)
    return sql(
        "(value LIKE ? ESCAPE '\\' OR (SELECT 1 FROM phrase p WHERE p.value = string_index.value AND p.value <> p.text "
        "AND p.text LIKE ? ESCAPE '\\' LIMIT 1) IS NOT NULL)",
        pattern,
        pattern,
    )


def _pattern(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
