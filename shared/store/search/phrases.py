"""`:contains`: found by trigrams among the distinct texts, so that what it costs is paid once for each text.

https://www.sqlite.org/fts5.html#the_trigram_tokenizer, https://www.postgresql.org/docs/15/pgtrgm.html
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.fhir.query.atoms import TextContains
from shared.store.search.scope import Scope
from shared.store.search.sql import Sql, sql

_SQLITE = (
    "SELECT i.rid FROM phrase_trigram g CROSS JOIN phrase w CROSS JOIN string_index i "
    "WHERE g.text MATCH ? AND w.id = g.rowid AND i.param = ? AND i.value = w.value"
)
_POSTGRESQL = "SELECT i.rid FROM phrases_like(?) AS t (value) CROSS JOIN string_index i WHERE i.param = ? AND i.value = t.value"


def looks(scope: Scope, _: str, atom: TextContains) -> Iterator[Sql]:
    if scope.dialect == "postgresql":
        yield sql(_POSTGRESQL, _pattern(atom.part), atom.param)
    else:
        yield sql(_SQLITE, '"' + atom.part.replace('"', '""') + '"', atom.param)


def condition(atom: TextContains) -> Sql:
    """On a row of string_index; of a long text that row has the beginning only, the phrase all."""
    pattern = _pattern(atom.part)
    return sql(
        "(value LIKE ? ESCAPE '\\' OR (SELECT 1 FROM phrase w WHERE w.value = string_index.value AND w.value <> w.text "
        "AND w.text LIKE ? ESCAPE '\\' LIMIT 1) IS NOT NULL)",
        pattern,
        pattern,
    )


def _pattern(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
