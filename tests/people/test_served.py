"""People over HTTP: extracts, the directory, jobs, roles, and who may see what."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from chassis.ids import person_id
from chassis.settings import Settings
from people.app import SERVICE
from tests.people.served import Served, eventually, serving

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

ADMIN, SECOND = "admin-1", "admin-2"
EVA, ANN, BOB, CLEO = (person_id(number) for number in ("1", "2", "3", "4"))


def row(number: str, name: str, **more: object) -> dict[str, object]:
    return {
        "employee_no": number,
        "name": name,
        "hired_on": "2020-01-01",
        "unit": "sales",
        "entity": "US01",
        "job": "seller",
        "grade": "G3",
        "country": "US",
        "annual": {"minor": 6_000_000, "currency": "USD"},
        **more,
    }


COMPANY = [
    row("3", "Bob Day", manager="2"),
    row("2", "Ann Lee", manager="1"),
    row("1", "Eva Ray", unit="executive"),
    row("4", "Cleo Fox", manager_name="Ann Lee", left_on="2025-06-30", leave_reason="retired"),
]


async def take(
    people: Served, *rows: dict[str, object], as_of: str = "2026-03-01", by: str = ADMIN
) -> list[dict[str, Any]]:
    body = {"as_of": as_of, "source": "test", "rows": list(rows)}
    answer = await people.told(by, "/people/import", body)
    if answer["after"]:
        assert (await people.get(ADMIN, "/people", after=answer["after"])).status_code == 200
    found: list[dict[str, Any]] = answer["rows"]
    return found


@pytest_asyncio.fixture(scope="module")
async def people(settings: Settings) -> AsyncIterator[Served]:
    async with serving(SERVICE, settings) as served:

        async def admins_are_known() -> bool:
            return (await served.get(ADMIN, "/roles")).status_code == 200

        await eventually(admins_are_known)
        answers = await take(served, *COMPANY)
        assert [answer["outcome"] for answer in answers] == ["recorded"] * 4
        yield served


async def test_the_order_of_rows_does_not_matter(people: Served) -> None:
    found = (await people.get(BOB, f"/people/{BOB}")).json()
    assert (found["name"], found["manager_name"], found["grade"]) == ("Bob Day", "Ann Lee", "G3")
    tree = (await people.get(BOB, f"/tree/{BOB}")).json()
    assert [person["name"] for person in tree["above"]] == ["Ann Lee", "Eva Ray"]


async def test_the_same_rows_again_record_nothing(people: Served) -> None:
    before = await people.events()
    answers = await take(people, *COMPANY)
    assert {answer["outcome"] for answer in answers} == {"unchanged"}
    assert await people.events() == before


async def test_a_repeat_of_the_same_request_gets_the_same_answer(people: Served) -> None:
    body = {"as_of": "2026-03-01", "source": "test", "rows": [row("60", "Rae Twin")]}
    first = await people.post(ADMIN, "/people/import", body, key="once")
    again = await people.post(ADMIN, "/people/import", body, key="once")
    assert first.json() == again.json()
    assert first.json()["rows"][0]["outcome"] == "recorded"


async def test_two_imports_at_once_record_once(people: Served) -> None:
    before = await people.events()
    answers = await asyncio.gather(*(take(people, row("70", "Al One")) for _ in range(4)))
    assert [answer[0]["events"] for answer in answers].count(3) == 1
    assert await people.events() == before + 3


async def test_a_newer_row_records_only_its_change(people: Served) -> None:
    await take(people, row("50", "Max Hill"))
    raised = row("50", "Max Hill", annual={"minor": 6_600_000, "currency": "USD"})
    answers = await take(people, raised, as_of="2026-04-01")
    assert [answer["events"] for answer in answers] == [1]
    pays = (await people.get(person_id("50"), f"/people/{person_id('50')}/pay")).json()["items"]
    assert [(pay["effective_on"], pay["annual"]["minor"]) for pay in pays] == [
        ("2026-04-01", 6_600_000),
        ("2020-01-01", 6_000_000),
    ]


async def test_a_changed_name_is_recorded_though_history_holds_it_sealed(people: Served) -> None:
    await take(people, row("51", "Ida Moss"))
    assert [a["events"] for a in await take(people, row("51", "Ida Park"))] == [1]
    found = (await people.get(ADMIN, "/people", q="ida park")).json()["items"]
    assert [person["employee_no"] for person in found] == ["51"]
    stored = await people.store.pool.fetch("SELECT data FROM event WHERE data::text LIKE '%Ida%'")
    assert stored == []


async def test_wrong_rows_are_refused_and_the_rest_goes_in(people: Served) -> None:
    answers = await take(
        people,
        row("80", "Own Boss", manager="80"),
        row("81", "Round One", manager="82"),
        row("82", "Round Two", manager="81"),
        row("83", "Neg Pay", annual={"minor": -1, "currency": "USD"}),
        row("84", "No Money", annual={"minor": 1, "currency": "XXX"}),
        row("85", "No Date", hired_on="31/12/2020"),
        row("86", "Good One", manager="99"),
        row("86", "Good Two"),
    )
    refused = {a["row"]: a["field"] for a in answers if a["outcome"] == "refused"}
    assert refused == {
        1: "manager",
        2: "manager",
        3: "manager",
        4: "annual",
        5: "annual",
        6: "hired_on",
        8: "employee_no",
    }
    good = next(a for a in answers if a["row"] == 7)
    assert good["outcome"] == "recorded"
    assert good["noted"] == [
        {"field": "manager", "found": "99", "reason": "this manager is not registered"}
    ]


async def test_a_new_manager_must_not_close_a_circle_with_who_is_on_record(people: Served) -> None:
    (answer,) = await take(people, row("1", "Eva Ray", unit="executive", manager="3"))
    assert (answer["outcome"], answer["field"]) == ("refused", "manager")


async def test_a_leaver_is_listed_for_administrators_only(people: Served) -> None:
    query = {"employee_no": "4"}
    assert (await people.get(BOB, "/people", **query)).json()["items"] == []
    listed = (await people.get(ADMIN, "/people", **query)).json()["items"]
    assert [person["left_on"] for person in listed] == ["2025-06-30"]


async def test_pages_of_the_directory_follow_each_other(people: Served) -> None:
    first = (await people.get(ADMIN, "/people", limit=2)).json()
    second = (await people.get(ADMIN, "/people", limit=2, cursor=first["next"])).json()
    numbers = [p["employee_no"] for p in [*first["items"], *second["items"]]]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 4


async def test_pay_is_for_the_person_and_not_for_the_manager(people: Served) -> None:
    assert (await people.get(BOB, f"/people/{BOB}/pay")).status_code == 200
    refused = await people.get(ANN, f"/people/{BOB}/pay")
    assert refused.status_code == 403
    assert refused.json()["rule"] == "read_pay"
    assert (await people.get(BOB, f"/people/{ANN}")).status_code == 403


async def test_only_administrators_and_hr_import(people: Served) -> None:
    body = {"as_of": "2026-03-01", "source": "test", "rows": []}
    assert (await people.post(ANN, "/people/import", body)).status_code == 403


async def granted(people: Served, actor: str, role: str, population: str) -> dict[str, Any]:
    wanted = {"actor": actor, "role": role, "population": population}
    proposed = await people.told(ADMIN, "/roles/propose", wanted)
    own = await people.post(ADMIN, "/roles/grant", {"actor": actor, "grant": proposed["grant"]})
    assert own.json()["title"] == "Role needs a second person"
    answer = await people.told(SECOND, "/roles/grant", {"actor": actor, "grant": proposed["grant"]})
    return {**answer, "grant": proposed["grant"]}


async def test_an_hr_partner_imports_for_their_population(people: Served) -> None:
    role = await granted(people, EVA, "hrbp", "unit:sales")

    async def may_import() -> bool:
        body = {"as_of": "2026-03-01", "source": "test", "rows": []}
        return (await people.post(EVA, "/people/import", body)).status_code == 200

    await eventually(may_import)
    inside, outside, moved = await take(
        people,
        row("90", "In Reach"),
        row("91", "Out Reach", unit="it"),
        row("1", "Eva Ray"),
        by=EVA,
    )
    assert inside["outcome"] == "recorded"
    assert (outside["outcome"], outside["field"]) == ("refused", "unit")
    assert (moved["outcome"], moved["field"]) == ("refused", "unit")
    ended = {"actor": EVA, "grant": role["grant"], "reason": "moved", "valid_to": "2020-01-01"}
    await people.told(ADMIN, "/roles/revoke", ended)

    async def may_not() -> bool:
        return not await may_import()

    await eventually(may_not)


async def test_what_waits_for_an_administrator(people: Served) -> None:
    proposed = await people.told(ADMIN, "/roles/propose", {"actor": ANN, "role": "comp"})
    todo = await people.get(SECOND, "/todo", person=SECOND, after=proposed["after"])
    (item,) = todo.json()["items"]
    assert item["arguments"] == {"actor": ANN, "grant": proposed["grant"]}
    assert (await people.get(ADMIN, "/todo", person=ADMIN)).json() == {"items": []}


async def test_a_job_is_described_in_versions(people: Served) -> None:
    body: dict[str, object] = {
        "title": "Seller",
        "grade": "G3",
        "responsibilities": [{"code": "sell", "text": "Wins customers"}],
        "competencies": [{"code": "listen", "name": "Listening", "expected_level": 3}],
    }
    first = (await people.send("PUT", ADMIN, "/jobs/seller", body)).json()
    again = (await people.send("PUT", ADMIN, "/jobs/seller", body)).json()
    changed = (await people.send("PUT", ADMIN, "/jobs/seller", {**body, "grade": "G4"})).json()
    assert [answer["events"] for answer in (first, again, changed)] == [1, 0, 1]
    shown = (await people.get(BOB, "/jobs/seller", after=changed["after"])).json()
    assert (shown["job_version"], shown["grade"]) == (2, "G4")
    assert shown["responsibilities"] == body["responsibilities"]


async def test_a_single_row_is_taken_like_an_extract_of_today(people: Served) -> None:
    answer = await people.told(ADMIN, "/people", row("95", "Solo Row"))
    assert (answer["outcome"], answer["events"]) == ("recorded", 3)
    refused = await people.post(ADMIN, "/people", row("95", "Solo Row", hired_on="2021-01-01"))
    assert refused.status_code == 409
    assert refused.json()["title"] == "Person is already registered"
