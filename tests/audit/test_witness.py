"""A witness of all that is published: what it counts, whom it answers, what it gives away."""

import hashlib
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from audit.app import SERVICE as AUDIT
from chassis.codec import GENESIS, chain_hash
from chassis.seals import make_seal
from chassis.settings import Settings
from cli.proof.consumers import Applied
from cli.proof.verify import verify
from people.app import SERVICE as PEOPLE
from tests.people.served import Served, eventually, serving

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]
ADMIN, PASSER_BY = "admin-1", "nobody-known"
JOB = {"title": "Seller", "grade": "G3", "responsibilities": [], "competencies": []}


@pytest_asyncio.fixture(scope="module")
async def both(settings: Settings) -> AsyncIterator[tuple[Served, Served]]:
    async with serving(PEOPLE, settings) as people, serving(AUDIT, settings) as audit:

        async def known() -> bool:
            answers = [await people.get(ADMIN, "/roles"), await audit.get(ADMIN, "/witness")]
            return all(answer.status_code == 200 for answer in answers)

        await eventually(known)
        for code in ("seller", "buyer"):
            for title in ("Junior", "Senior", "Chief"):
                answer = await people.send("PUT", ADMIN, f"/jobs/{code}", {**JOB, "title": title})
                assert answer.status_code == 200, answer.text
        yield people, audit


async def of_people(audit: Served, count: int) -> dict[str, object]:
    async def all_heard() -> bool:
        items = (await audit.get(ADMIN, "/witness")).json()["items"]
        return bool(next(i for i in items if i["source"] == "people")["events"] >= count)

    await eventually(all_heard)
    items = (await audit.get(ADMIN, "/witness")).json()["items"]
    return dict(next(item for item in items if item["source"] == "people"))


async def test_it_counts_and_digests_what_the_producer_holds(both: tuple[Served, Served]) -> None:
    people, audit = both
    found = await of_people(audit, await people.events())
    heads = await people.store.pool.fetch("SELECT head_hash FROM stream ORDER BY id")
    digest = hashlib.sha256(b"".join(row["head_hash"] for row in heads)).hexdigest()
    assert found["events"] == await people.events()
    assert (found["streams"], found["digest"]) == (len(heads), digest)


async def test_a_stream_is_shown_version_by_version(both: tuple[Served, Served]) -> None:
    people, audit = both
    await of_people(audit, await people.events())
    rows = await people.store.pool.fetch(
        "SELECT stream, version, id, hash FROM event WHERE type = 'people.JobDescribed' "
        "ORDER BY stream, version"
    )
    of_first = [row for row in rows if row["stream"] == rows[0]["stream"]]
    path = f"/witness/people/streams/{rows[0]['stream']}"
    first = (await audit.get(ADMIN, path, limit=2)).json()
    rest = (await audit.get(ADMIN, path, limit=2, cursor=first["next"])).json()
    shown = [(i["version"], i["event"], i["hash"]) for i in [*first["items"], *rest["items"]]]
    assert shown == [(r["version"], str(r["id"]), r["hash"].hex()) for r in of_first]
    assert len(shown) == 3


async def test_only_auditors_and_administrators_are_answered(both: tuple[Served, Served]) -> None:
    _, audit = both
    answer = await audit.get(PASSER_BY, "/witness")
    assert (answer.status_code, answer.json()["rule"]) == (403, "read_witness")


async def test_a_history_that_was_worked_out_anew_is_found_and_named(
    both: tuple[Served, Served],
) -> None:
    """Data changed, every later hash recomputed, the head too, and never sealed before."""
    people, audit = both
    await of_people(audit, await people.events())
    owner = await asyncpg.connect(
        people.settings.dsn(people.settings.database("people")),
        server_settings={"timezone": "UTC"},
    )
    try:
        stream = await owner.fetchval(
            "SELECT stream FROM event WHERE type = 'people.JobDescribed' ORDER BY stream LIMIT 1"
        )
        await forge(owner, stream)
    finally:
        await owner.close()
    await make_seal(people.store)
    stores, applied = await verify(people.settings, ["people", "audit"], people.settings.home)
    assert [store.faults for store in stores] == [[], []], "the forged store agrees with itself"
    assert f"stream {stream}, version 2: event" in " ".join(witness_of(applied).faults)


def witness_of(applied: list[Applied]) -> Applied:
    return next(one for one in applied if one.consumer == "witness_people.v1")


async def forge(owner: asyncpg.Connection, stream: object) -> None:
    """Another title in version 2, as if it had always been so."""
    await owner.execute(
        """UPDATE event SET data = replace(data::text, 'Senior', 'Deputy')::json
           WHERE stream = $1 AND version = 2""",
        stream,
    )
    previous = GENESIS
    names = "stream version id type schema_version effective_at recorded_at subject".split()
    for row in await owner.fetch("SELECT * FROM event WHERE stream = $1 ORDER BY version", stream):
        fields = [*(row[name] for name in names), row["data"].encode(), row["meta"].encode()]
        digest = chain_hash(previous, *fields)
        await owner.execute(
            "UPDATE event SET previous_hash = $3, hash = $4 WHERE stream = $1 AND version = $2",
            stream,
            row["version"],
            previous,
            digest,
        )
        previous = digest
    await owner.execute("UPDATE stream SET head_hash = $2 WHERE id = $1", stream, previous)
