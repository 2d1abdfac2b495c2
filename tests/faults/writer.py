"""A process that appends on four connections, stalls and rolls back, and says what it committed."""

import asyncio
import json
import random
import sys
import time
from uuid import uuid4

from chassis.codec import GENESIS
from chassis.ids import new_id, stream_id
from chassis.service import open_store
from chassis.settings import Settings
from chassis.store import Context, Loaded, Ref, Store, Write, append
from tests.chassis.toy import SERVICE, Counted


async def write(store: Store, seconds: float, chance: random.Random) -> list[tuple[str, int]]:
    """Batches of 1, 1, 1, 5, 50; one in ten stalls before its end, one in twenty is rolled back."""
    committed = []
    ends = time.monotonic() + seconds
    async with store.pool.acquire() as connection:
        while time.monotonic() < ends:
            key, size = str(uuid4()), chance.choice([1, 1, 1, 5, 50])
            events = [Counted(key, n) for n in range(1, size + 1)]
            ref = Ref("tally", stream_id("tally", key), key)
            context = Context("tester", store.clock(), str(new_id()))
            transaction = connection.transaction()
            await transaction.start()
            await append(store, connection, [Write(ref, Loaded((), 0, GENESIS), events)], context)
            if chance.random() < 0.1:
                await asyncio.sleep(chance.uniform(0, 0.05))
            if chance.random() < 0.05:
                await transaction.rollback()
                continue
            await transaction.commit()
            committed.append((key, size))
    return committed


async def main(seconds: float, seed: int) -> None:
    async with open_store(SERVICE, Settings()) as store:
        each = [write(store, seconds, random.Random(seed + n)) for n in range(4)]
        found = [pair for pairs in await asyncio.gather(*each) for pair in pairs]
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), int(sys.argv[2])))
