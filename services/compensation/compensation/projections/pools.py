"""Pools: what each holds, what has been committed, and to which awards."""

from collections.abc import Sequence

from chassis.record import Consumer, Record
from chassis.store import Connection
from compensation.domain.events import PoolCommitted, PoolFunded


async def apply(connection: Connection, records: Sequence[Record]) -> None:
    await _fund(connection, records)
    await _commit(connection, records)


async def _fund(connection: Connection, records: Sequence[Record]) -> None:
    funds = {e.pool: e for record in records if isinstance(e := record.event, PoolFunded)}
    if funds:
        await connection.execute(
            """INSERT INTO pool (pool, component, entity, currency, fund_minor, committed_minor)
               SELECT *, 0 FROM unnest(
                   $1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
               ON CONFLICT (pool) DO UPDATE SET fund_minor = excluded.fund_minor""",
            list(funds),
            [e.component for e in funds.values()],
            [e.entity for e in funds.values()],
            [e.fund.currency for e in funds.values()],
            [e.fund.minor for e in funds.values()],
        )


async def _commit(connection: Connection, records: Sequence[Record]) -> None:
    commits = [e for record in records if isinstance(e := record.event, PoolCommitted)]
    if not commits:
        return
    sums = {e.pool: e.committed.minor for e in commits}
    items = {(e.pool, item.award): (e.cycle, item) for e in commits for item in e.items}
    await connection.execute(
        """UPDATE pool SET committed_minor = t.minor
           FROM unnest($1::text[], $2::bigint[]) AS t (pool, minor) WHERE pool.pool = t.pool""",
        list(sums),
        list(sums.values()),
    )
    await connection.execute(
        """INSERT INTO pool_commitment SELECT * FROM unnest(
               $1::text[], $2::text[], $3::text[], $4::integer[], $5::bigint[])
           ON CONFLICT (pool, award) DO UPDATE
           SET cycle = excluded.cycle, revision = excluded.revision, minor = excluded.minor""",
        [pool for pool, _ in items],
        [award for _, award in items],
        [cycle for cycle, _ in items.values()],
        [item.revision for _, item in items.values()],
        [item.minor for _, item in items.values()],
    )


POOLS = Consumer(
    name="pools", version=1, source="own", apply=apply, tables=("pool", "pool_commitment")
)
