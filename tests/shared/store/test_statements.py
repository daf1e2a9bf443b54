"""How portable SQL becomes PostgreSQL's."""

from __future__ import annotations

from shared.store.statements import in_chunks, numbered


def test_placeholders_are_numbered_and_quoted_question_marks_stay() -> None:
    assert numbered("SELECT ? WHERE a = '?' AND b = ?") == "SELECT $1 WHERE a = '?' AND b = $2"
    assert numbered("SELECT 'it''s ?', ?") == "SELECT 'it''s ?', $1"
    assert numbered("SELECT 1") == "SELECT 1"


def test_many_inserts_of_one_row_become_one_insert_of_many() -> None:
    [(sql, params)] = in_chunks("INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING", [(1, 2), (3, 4), (5, 6)])

    assert sql == "INSERT INTO t (a, b) VALUES (?, ?), (?, ?), (?, ?) ON CONFLICT DO NOTHING"
    assert list(params) == [1, 2, 3, 4, 5, 6]


def test_no_insert_has_more_than_32_rows() -> None:
    chunks = list(in_chunks("INSERT INTO t (a) VALUES (?)", [(n,) for n in range(70)]))

    assert [len(params) for _, params in chunks] == [32, 32, 6]


def test_rows_that_may_meet_each_other_stay_single() -> None:
    upsert = "INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT (a) DO UPDATE SET b = excluded.b"

    assert list(in_chunks(upsert, [(1, 2), (1, 3)])) == [(upsert, (1, 2)), (upsert, (1, 3))]


def test_other_statements_run_once_for_each_row() -> None:
    assert list(in_chunks("DELETE FROM t WHERE a = ?", [(1,), (2,)])) == [
        ("DELETE FROM t WHERE a = ?", (1,)),
        ("DELETE FROM t WHERE a = ?", (2,)),
    ]
