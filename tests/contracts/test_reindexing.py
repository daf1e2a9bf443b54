"""After a change of the definitions, what was stored before is found by the new ones."""

from __future__ import annotations

from shared.store.reindex import refresh, reindex, stale
from shared.store.store import Store
from tests.conftest import OpenStore
from tests.contracts.plans import PLAN, TASK, a_plan, put


async def found(store: Store, query: str) -> list[str]:
    return sorted(str(plan["id"]) for plan in await store.view(lambda view: view.search(query)))


async def spoil(store: Store) -> None:
    """As if everything had been indexed by an engine that knew other parameters."""
    await store.unit(lambda tx: tx.connection.execute("UPDATE token_index SET param = 1"))
    await store.unit(lambda tx: tx.connection.execute("UPDATE resource SET shape = 0"))
    await store.unit(lambda tx: tx.connection.execute("UPDATE index_freshness SET fingerprint = 'older'"))


async def test_a_store_with_older_definitions_is_indexed_anew(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN, TASK])
    assert await refresh(store) == ["CarePlan", "Task"]
    await store.unit(put(a_plan("active"), "p1"))
    await store.unit(put(a_plan("active"), "p2"))
    await store.unit(lambda tx: tx.delete("CarePlan", "p2"))
    await spoil(store)
    assert await found(store, "CarePlan?status=active") == []

    await refresh(store)

    assert await found(store, "CarePlan?status=active") == ["p1"]
    assert await found(store, "CarePlan?status:missing=false") == ["p1"]
    assert await store.view(lambda view: stale(view.connection, ["CarePlan", "Task"])) == []


async def test_indexing_anew_goes_on_where_it_was_interrupted(open_store: OpenStore) -> None:
    store = open_store(owns=[PLAN])
    await refresh(store)
    for number in range(5):
        await store.unit(put(a_plan("active"), f"p{number}"))
    await spoil(store)

    assert not await store.unit(lambda tx: reindex(tx.connection, "CarePlan", limit=2))
    assert await found(store, "CarePlan?status=active") == ["p0", "p1"]
    assert not await store.unit(lambda tx: reindex(tx.connection, "CarePlan", limit=2))
    assert await store.unit(lambda tx: reindex(tx.connection, "CarePlan", limit=2))

    assert len(await found(store, "CarePlan?status=active")) == 5
    assert await refresh(store) == []
