"""Each read-model table has one feed: one consumer of the service names it, and no other."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.record import Consumer
from chassis.service import Service
from cli.contracts.files import load_service, service_names

ACCESS_TABLES = {"person_fact", "grant_fact"}
_TABLE = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?(\w+)", re.MULTILINE)


def misfed(migrations: Path, consumers: Iterable[Consumer]) -> list[str]:
    """What is wrong: tables without a feed, with several, and feeds of tables that are not."""
    made = {name for file in migrations.glob("*.sql") for name in _TABLE.findall(file.read_text())}
    named = Counter(table for consumer in consumers for table in consumer.tables)
    wrong = [
        f"{table} is fed by {named[table]} consumers, needed is 1"
        for table in sorted(made | ACCESS_TABLES)
        if named[table] != 1
    ]
    unknown = sorted(named.keys() - made - ACCESS_TABLES)
    return wrong + [f"{table} is fed and in no migration" for table in unknown]


@pytest.mark.parametrize("name", service_names())
def test_every_read_model_table_has_one_feed(name: str) -> None:
    service = load_service(name)
    assert misfed(service.migrations, service.consumers) == []
    assert all(consumer.apply for consumer in service.consumers if consumer.tables)


def without_tables(service: Service) -> list[Consumer]:
    return [replace(c, tables=()) if c.name == "plans" else c for c in service.consumers]


def with_a_second_feed(service: Service) -> list[Consumer]:
    return [replace(c, tables=("plan", *c.tables)) for c in service.consumers if c.tables]


def with_an_unknown_table(service: Service) -> list[Consumer]:
    first, *others = service.consumers
    return [replace(first, tables=(*first.tables, "nowhere")), *others]


def test_a_planted_violation_is_found() -> None:
    goals = load_service("goals")
    none = misfed(goals.migrations, without_tables(goals))
    assert none == ["plan is fed by 0 consumers, needed is 1"]
    several = misfed(goals.migrations, with_a_second_feed(goals))
    assert any(finding.startswith("plan is fed by 7 consumers") for finding in several)
    unknown = misfed(goals.migrations, with_an_unknown_table(goals))
    assert unknown == ["nowhere is fed and in no migration"]
