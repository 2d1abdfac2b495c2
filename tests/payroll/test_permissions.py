"""Only payroll officers of the legal entity act, auditors look, and looking is on the record."""

import pytest

from tests.payroll.world import World, order

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


async def test_a_role_counts_for_its_legal_entity(world: World) -> None:
    await world.set_up("DE01", "petra")
    await world.set_up("DE02", "rosa")
    await world.grant("pam", "pay", "entity:DE01")
    await world.release("DE01", "petra", bonus=10_000)
    await world.release("DE02", "rosa", bonus=10_000)
    ours, theirs = await world.prepare("DE01"), await world.prepare("DE02")
    assert (await world.preview("DE01", "pam"))["entity"] == "DE01"
    denied = "urn:merit:denied:"
    for action, method, path, body in (
        ("preview_batch", "POST", "/batches/preview", order("DE02")),
        ("prepare_batch", "POST", "/batches", order("DE02")),
        ("seal_batch", "POST", f"/batches/{theirs}/seal", None),
        ("drop_batch", "POST", f"/batches/{theirs}/drop", {"reason": "not mine"}),
        ("acknowledge_lines", "POST", f"/batches/{theirs}/acknowledgements", {}),
        ("read_batch", "GET", f"/batches/{theirs}", None),
        ("read_batch", "GET", f"/batches/{theirs}/lines", None),
        ("read_batch", "GET", f"/batches/{theirs}/file", None),
        ("read_batch", "GET", f"/batches/{theirs}/manifest", None),
        ("set_wage_types", "PUT", "/wage-types/DE02", {"merit": "1"}),
        ("read_wage_types", "GET", "/wage-types/DE02", None),
        ("read_lines", "GET", "/lines?person=rosa", None),
        ("read_payee", "GET", "/payees/rosa", None),
    ):
        assert await world.refused("pam", method, path, body) == (403, denied + action), path
    found = await world.done("pam", "GET", "/batches")
    assert {row["batch"] for row in found["items"]} == {ours}


async def test_an_auditor_looks_and_changes_nothing(world: World) -> None:
    await world.set_up("DE03", "sara")
    await world.release("DE03", "sara", bonus=10_000)
    batch = await world.prepare("DE03")
    for path in ("/batches", f"/batches/{batch}", f"/batches/{batch}/lines", "/variances"):
        await world.done("odo", "GET", path)
    assert (await world.done("odo", "GET", "/lines?person=sara"))["items"]
    for path, body in (
        ("/batches", order("DE03")),
        (f"/batches/{batch}/seal", None),
        (f"/batches/{batch}/drop", {"reason": "x"}),
    ):
        assert (await world.refused("odo", "POST", path, body))[0] == 403


async def test_nobody_else_sees_lines_not_even_the_person(world: World) -> None:
    await world.set_up("DE04", "tom", "tara")
    await world.release("DE04", "tom", bonus=10_000)
    for actor in ("tom", "tara"):
        assert (await world.refused(actor, "GET", "/lines?person=tom"))[0] == 403
    assert (await world.refused("stranger", "GET", "/lines?person=tom"))[0] == 403


async def test_a_history_shows_pay_to_payroll_and_audit_alone(world: World) -> None:
    await world.set_up("DE05", "uli")
    await world.grant("hanna", "hrbp")
    await world.release("DE05", "uli", bonus=10_000)
    batch = await world.sealed("DE05")
    (line,) = await world.lines(batch)
    await world.answer(batch, (line["line"], "paid", "100"))
    seen = {
        actor: [item["type"] for item in found["items"]]
        for actor in ("odo", "hanna", "uli")
        if (found := await world.done(actor, "GET", "/history/uli"))
    }
    assert seen["odo"] == [
        "payroll.PayeeMapped",
        "payroll.LinePrepared",
        "payroll.LineSealed",
        "payroll.LineAcknowledged",
    ]
    assert seen["hanna"] == ["payroll.PayeeMapped"]
    assert seen["uli"] == ["payroll.PayeeMapped", "payroll.LineAcknowledged"]


async def test_looking_at_pay_is_on_the_record(world: World) -> None:
    await world.set_up("DE06", "vera")
    await world.release("DE06", "vera", bonus=10_000)
    await world.preview("DE06")
    batch = await world.prepare("DE06")
    await world.done("odo", "GET", f"/batches/{batch}/lines")
    await world.done("odo", "GET", "/lines?person=vera")
    looks = (await world.done("vera", "GET", "/access-log/vera"))["items"]
    assert [(look["actor"], look["action"]) for look in looks] == [
        ("odo", "read_lines"),
        ("odo", "read_batch"),
        ("pia", "preview_batch"),
    ]
