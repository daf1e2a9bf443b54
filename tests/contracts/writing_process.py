"""A process that writes until it is done or killed: `python -m tests.contracts.writing_process <address> <units> <keys>`.

Every unit takes the next of so many keys, unless somebody has it. Prints each new id once it was answered.
"""

from __future__ import annotations

import asyncio
import sys

from shared.store.store import Store
from shared.store.transaction import Transaction
from tests.contracts.plans import PLAN, a_plan, drafted


def create_unless_there(tx: Transaction, key: str) -> str | None:
    if tx.connection.row("SELECT amount FROM counter WHERE key = ?", (key,)):
        return None
    tx.count(key)
    return tx.write(drafted(a_plan(title=key)), tx.new_id()).version.id


async def main(url: str, units: int, keys: int) -> None:
    store = Store.open(url, service="tested", owns=[PLAN])
    print("open", flush=True)

    async def one(number: int) -> None:
        made = await store.unit(lambda tx: create_unless_there(tx, f"key {number % keys}"))
        if made:
            print(made, flush=True)

    for start in range(0, units, 16):
        await asyncio.gather(*(one(number) for number in range(start, start + 16)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
