"""Batches over real PostgreSQL and Kafka: from what was released to what was answered."""

import asyncio
import csv
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from tests.payroll.world import World, minors, order

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def test_a_batch_from_release_to_the_last_answer(world: World) -> None:
    await world.set_up("AT01", "ann", "ben")
    await world.release("AT01", "ann", bonus=350_000, merit=120_000)
    await world.release("AT01", "ben", bonus=200_050)
    preview = await world.preview("AT01")
    assert (preview["line_count"], preview["employees"], preview["last"]) == (3, 2, None)
    assert preview["totals"] == [{"minor": 670_050, "currency": "EUR"}]
    assert [line["name"] for line in preview["lines"]] == ["Ann", "Ann", "Ben"]
    assert preview["not_as_announced"] == ["cycle 2026: 2 awards were heard, none is announced"]

    batch = await world.prepare("AT01")
    path = f"/batches/{batch}/seal"
    refused = await world.refused("paul", "POST", path)
    assert refused == (409, "urn:merit:rule:release-is-not-completely-heard")
    await world.announce("AT01")
    refused = await world.refused("pia", "POST", path)
    assert refused == (409, "urn:merit:rule:batch-needs-a-second-person")
    sealed = await world.seal(batch)

    manifest = await world.done("odo", "GET", f"/batches/{batch}/manifest?after={sealed['after']}")
    file = await world.ask("odo", "GET", f"/batches/{batch}/file")
    assert hashlib.sha256(file.content).hexdigest() == manifest["sha256"]
    rows = list(csv.DictReader(file.text.splitlines()))
    assert [(row["payroll_id"], row["wage_type"], row["kind"], row["amount"]) for row in rows] == [
        ("P0001", "1000", "recurring", "1200.00"),
        ("P0001", "2200", "one_off", "3500.00"),
        ("P0002", "2200", "one_off", "2000.50"),
    ]
    assert {row["effective_on"] for row in rows} == {"2027-04-01"}
    assert (manifest["sequence"], manifest["lines"], manifest["employees"]) == (1, 3, 2)
    assert manifest["totals"] == [{"currency": "EUR", "minor": 670_050, "amount": "6700.50"}]
    assert manifest["hash_total"]["value"] == 1 + 1 + 2
    assert manifest["releases"] == [{"cycle": "2026", "number": 1, "awards": 2}]

    written = world.outbox("AT01") / manifest["file"]
    await world.until(lambda: _exists(written.with_suffix(".json")), bool)
    assert written.read_bytes() == file.content
    assert json.loads(written.with_suffix(".json").read_text()) == manifest
    assert sorted(x.suffix for x in written.parent.iterdir()) == [".csv", ".json"]

    told = await world.answer(batch, *((r["line"], "paid", r["amount"]) for r in rows))
    closed = await world.done("pia", "GET", f"/batches/{batch}?after={told['after']}")
    assert (closed["status"], closed["outcome"]) == ("closed", "accepted")
    assert closed["line_states"] == {"paid": 3}
    assert (await world.preview("AT01"))["line_count"] == 0
    refused = await world.refused("pia", "POST", "/batches", order("AT01"))
    assert refused == (409, "urn:merit:rule:nothing-is-to-be-paid")


async def _exists(path: Path) -> bool:
    return path.exists()


async def test_a_correction_after_sealing_brings_the_difference_alone(world: World) -> None:
    await world.set_up("AT02", "cara", "carl")
    await world.release("AT02", "cara", bonus=100_000)
    await world.release("AT02", "carl", bonus=100_000)
    first = await world.sealed("AT02")
    await world.release("AT02", "cara", bonus=120_000, revision=2)
    await world.release("AT02", "carl", bonus=60_000, revision=2)
    second = await world.sealed("AT02")
    assert minors(await world.lines(first)) == [100_000, 100_000]
    assert minors(await world.lines(second)) == [20_000, -40_000]
    preview = await world.preview("AT02")
    assert preview["line_count"] == 0
    assert preview["last"]["sequence"] == 2
    assert preview["last"]["no_longer"] == ["cara", "carl"]


async def test_a_line_suspended_after_preparing_is_held_until_resumed(world: World) -> None:
    await world.set_up("AT03", "dora", "dan")
    await world.release("AT03", "dora", bonus=50_000)
    await world.release("AT03", "dan", bonus=70_000)
    await world.announce("AT03")
    first = await world.prepare("AT03")
    await world.suspend("dora")
    await world.seal(first)
    states = {line["person"]: (line["status"], line["why"]) for line in await world.lines(first)}
    assert states == {"dora": ("held", "suspended"), "dan": ("sealed", None)}
    assert (await world.preview("AT03"))["left_out_by_reason"] == {"suspended": 1}
    await world.suspend("dora", resume=True)
    second = await world.prepare("AT03")
    await world.seal(second)
    assert minors(await world.lines(second)) == [50_000]


async def test_a_newer_pay_fact_blocks_the_line(world: World) -> None:
    """AD-57 over the services: the raise that the award did not know stands, nothing is sent."""
    await world.set_up("AT04", "eva", "emil")
    await world.release("AT04", "eva", bonus=50_000, merit=10_000)
    await world.release("AT04", "emil", bonus=70_000)
    await world.announce("AT04")
    await world.pay("eva", 41_000)
    preview = await world.preview("AT04")
    assert preview["left_out_by_reason"] == {"newer_pay_fact": 2}
    assert minors(preview["lines"]) == [70_000]


async def test_a_rejected_line_is_reissued_under_its_id(world: World) -> None:
    await world.set_up("AT05", "fred")
    await world.release("AT05", "fred", bonus=90_000)
    first = await world.sealed("AT05")
    (line,) = await world.lines(first)
    await world.answer(first, (line["line"], "rejected", ""))
    second = await world.sealed("AT05")
    (again,) = await world.lines(second)
    assert (again["line"], again["issue"], minors([again])) == (line["line"], 2, [90_000])
    assert [x["status"] for x in await world.lines(first)] == ["reissued"]
    await world.answer(second, (line["line"], "paid", "900"))
    assert (await world.preview("AT05"))["line_count"] == 0


async def test_another_amount_opens_a_variance_that_is_resolved_with_a_reason(
    world: World,
) -> None:
    await world.set_up("AT06", "gina")
    await world.release("AT06", "gina", bonus=90_000)
    batch = await world.sealed("AT06")
    (line,) = await world.lines(batch)
    told = await world.answer(batch, (line["line"], "paid", "899.99"))
    found = await world.done("odo", "GET", f"/variances?after={told['after']}")
    (variance,) = [v for v in found["items"] if v["entity"] == "AT06"]
    assert (variance["sealed"]["minor"], variance["answered"]["minor"]) == (90_000, 89_999)
    due = await world.done("pia", "GET", "/todo?person=pia")
    assert "resolve_variance" in {item["what"] for item in due["items"]}
    path = f"/variances/{variance['variance']}/resolve"
    assert (await world.refused("odo", "POST", path, {"reason": "x"}))[0] == 403
    done = await world.done("paul", "POST", path, {"reason": "the cent was paid by hand"})
    assert done["events"] == 1
    found = await world.done("odo", "GET", f"/variances?only_open=false&after={done['after']}")
    (variance,) = [v for v in found["items"] if v["entity"] == "AT06"]
    assert (variance["resolved_by"], variance["reason"]) == ("paul", "the cent was paid by hand")


async def test_what_cannot_be_paid_is_shown_with_its_reason(world: World) -> None:
    await world.set_up("AT07", "hugo", "hans", "hilda")
    await world.hire("holly", "AT07")
    for person in ("hugo", "hans", "hilda", "holly"):
        await world.release("AT07", person, bonus=10_000)
    await world.leave("hans", date(2027, 1, 31))
    await world.suspend("hilda")
    preview = await world.preview("AT07")
    assert preview["left_out_by_reason"] == {"leaver": 1, "suspended": 1, "no_payroll_id": 1}
    assert [line["person"] for line in preview["lines"]] == ["hugo"]
    early = {**order("AT07"), "cut_off": "2020-01-01"}
    late = await world.done("pia", "POST", "/batches/preview", early)
    assert [(x["person"], x["reason"]) for x in late["rolls_over"]] == [
        ("hugo", "released_after_cut_off")
    ]


async def test_a_prepared_batch_is_dropped_and_makes_room(world: World) -> None:
    await world.set_up("AT08", "ida")
    await world.release("AT08", "ida", bonus=10_000)
    first = await world.prepare("AT08")
    refused = await world.refused("paul", "POST", "/batches", order("AT08"))
    assert refused == (409, "urn:merit:rule:pay-group-has-an-open-batch")
    await world.done("paul", "POST", f"/batches/{first}/drop", {"reason": "wrong period"})
    second = await world.sealed("AT08")
    assert minors(await world.lines(second)) == [10_000]
    sealed = await world.done("pia", "GET", f"/batches/{second}")
    assert sealed["sequence"] == 1
    refused = await world.refused("paul", "POST", f"/batches/{second}/drop", {"reason": "oops"})
    assert refused == (409, "urn:merit:rule:batch-is-sealed")


async def test_many_who_prepare_at_once_make_one_batch(world: World) -> None:
    await world.set_up("AT09", "jana")
    await world.release("AT09", "jana", bonus=10_000)
    answers = await asyncio.gather(
        *(world.ask("pia", "POST", "/batches", order("AT09")) for _ in range(6))
    )
    assert sorted(a.status_code for a in answers) == [200, *[409] * 5]


async def test_the_same_request_again_gets_the_first_answer(world: World) -> None:
    await world.set_up("AT10", "kai")
    await world.release("AT10", "kai", bonus=10_000)
    first = await world.done("pia", "POST", "/batches", order("AT10"), key="prepare-kai")
    again = await world.done("pia", "POST", "/batches", order("AT10"), key="prepare-kai")
    assert again == first


async def test_a_payroll_id_is_one_persons(world: World) -> None:
    await world.set_up("AT11", "lea")
    await world.hire("leo", "AT11")
    body = {"payroll_id": "P0001", "entity": "AT11", "pay_group": "monthly", "cost_centre": "C"}
    await world.until(
        lambda: world.store.pool.fetchval("SELECT 1 FROM payee WHERE person = 'lea'"), bool
    )
    refused = await world.refused("pia", "PUT", "/payees/leo", body)
    assert refused == (409, "urn:merit:rule:payroll-id-belongs-to-somebody-else")


async def test_an_answer_file_that_cannot_be_read_is_refused_with_its_row(world: World) -> None:
    await world.set_up("AT12", "mia")
    await world.release("AT12", "mia", bonus=10_000)
    batch = await world.sealed("AT12")
    path = f"/batches/{batch}/acknowledgements"
    for file, field in (
        ("line,amount\n", "row 1: status"),
        ("line,status,amount\n,paid,1\n", "row 2: line"),
        ("line,status,amount\nx,maybe,1\n", "row 2: status"),
        ("line,status,amount\nx,paid,1e\n", "row 2: amount"),
        ("line,status,amount\nx,paid,NaN\n", "row 2: amount"),
    ):
        response = await world.ask("pia", "POST", path, {"file": file})
        assert response.status_code == 422
        assert response.json()["errors"][0]["field"] == field
    strange = {"answers": [{"line": "x", "status": "rejected"}]}
    assert await world.refused("pia", "POST", path, strange) == (
        409,
        "urn:merit:rule:line-is-not-in-this-batch",
    )
