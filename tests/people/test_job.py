"""The rules of a job description."""

from dataclasses import replace
from datetime import UTC, datetime

from chassis.testing import Scenario
from people.domain import job
from people.domain.commands import DescribeJob
from people.domain.errors import ExpectedLevelIsOutOfRange, JobNamesSomethingTwice
from people.domain.events import ExpectedCompetency, JobCode, JobDescribed, Responsibility

a_job = Scenario(job)

SELL = Responsibility("sell", "Wins and keeps customers in the area")
LISTEN = ExpectedCompetency("listen", "Listening", 3)
describe = DescribeJob(
    JobCode("seller"), "Seller", "G3", (SELL,), (LISTEN,), "hr", datetime(2026, 1, 1, tzinfo=UTC)
)
described = JobDescribed(JobCode("seller"), 1, "Seller", "G3", (SELL,), (LISTEN,))


def test_the_first_description_is_version_1() -> None:
    a_job.when(describe).then(described)


def test_the_same_description_again_changes_nothing() -> None:
    a_job.when(describe).told_twice_changes_nothing()


def test_a_changed_description_is_the_next_version() -> None:
    a_job.given(described).when(replace(describe, grade="G4")).then(
        replace(described, job_version=2, grade="G4")
    )


def test_codes_are_named_once() -> None:
    a_job.when(replace(describe, responsibilities=(SELL, SELL))).refused(JobNamesSomethingTwice)
    a_job.when(replace(describe, competencies=(LISTEN, LISTEN))).refused(JobNamesSomethingTwice)


def test_an_expected_level_is_1_to_9() -> None:
    for level in (1, 9):
        assert a_job.when(
            replace(describe, competencies=(replace(LISTEN, expected_level=level),))
        ).events()
    for level in (0, 10):
        a_job.when(
            replace(describe, competencies=(replace(LISTEN, expected_level=level),))
        ).refused(ExpectedLevelIsOutOfRange)
