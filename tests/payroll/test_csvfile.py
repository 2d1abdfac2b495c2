"""The file of a sealed batch, to the byte."""

import csv
from dataclasses import replace

from chassis.values import Money
from payroll.domain.csvfile import COLUMNS, file_name, hash_total, render, sha256_of
from payroll.domain.lines import line_id, work_out
from tests.payroll.cases import FACTS, ORDER

LINES = work_out(ORDER, FACTS).lines


def test_a_line_in_the_file() -> None:
    header, merit, *_ = render(LINES).split("\r\n")
    assert header == ",".join(COLUMNS)
    merit_line = line_id(LINES[0].award, 1, "merit")
    assert merit == f"{merit_line},1,P0001,1000,recurring,2027-04-01,1200.00,EUR,41200.00,CC10"


def test_the_file_reads_back_as_csv() -> None:
    rows = list(csv.DictReader(render(LINES).splitlines()))
    assert [row["wage_type"] for row in rows] == ["1000", "2200", "2200"]
    assert [row["new_annual"] for row in rows] == ["41200.00", "", ""]


def test_amounts_have_the_decimal_places_of_their_currency() -> None:
    for amount, written in (
        (Money(1234, "JPY"), "1234"),
        (Money(-5, "EUR"), "-0.05"),
        (Money(1234, "KWD"), "1.234"),
        (Money(10**15, "EUR"), "10000000000000.00"),
    ):
        assert render([replace(LINES[0], amount=amount)]).splitlines()[1].split(",")[6] == written


def test_the_hash_total_adds_the_digits_of_the_payroll_ids() -> None:
    assert hash_total(LINES) == 1 + 1 + 2
    assert hash_total([replace(LINES[0], payroll_id="no-digits")]) == 0
    assert hash_total([replace(LINES[0], payroll_id="99999999999")]) == 9_999_999_999
    assert hash_total(LINES[1:]) != hash_total(LINES)


def test_the_same_lines_are_the_same_bytes() -> None:
    assert sha256_of(render(LINES)) == sha256_of(render(LINES))
    assert sha256_of(render(LINES)) != sha256_of(render(LINES[:2]))


def test_a_file_is_named_after_its_number() -> None:
    assert file_name("AT01", "monthly", 7) == "payroll-AT01-monthly-000007.csv"
