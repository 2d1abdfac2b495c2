"""A process that executes commands as an API does: each person's numbers, from 1 on each start."""

import asyncio
import sys

from chassis.service import open_store
from chassis.settings import Settings
from tests.chassis.toy import SERVICE
from tests.faults.toys import tell


async def main(people: int, each: int) -> None:
    async with open_store(SERVICE, Settings()) as store:
        names = [f"person-{n}" for n in range(people)]
        await asyncio.gather(*(tell(store, name, range(1, each + 1)) for name in names))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
