"""A job description: its versions, responsibilities and expected competencies."""

from collections.abc import Sequence
from dataclasses import dataclass

from people.domain.commands import DescribeJob
from people.domain.errors import ExpectedLevelIsOutOfRange, JobNamesSomethingTwice
from people.domain.events import ExpectedCompetency, JobDescribed, Responsibility


@dataclass(frozen=True, slots=True)
class Job:
    version: int = 0
    title: str = ""
    grade: str = ""
    responsibilities: tuple[Responsibility, ...] = ()
    competencies: tuple[ExpectedCompetency, ...] = ()


INITIAL = Job()


def evolve(state: Job, event: JobDescribed) -> Job:
    return Job(
        event.job_version, event.title, event.grade, event.responsibilities, event.competencies
    )


def decide(state: Job, c: DescribeJob) -> list[JobDescribed]:
    wanted = Job(state.version, c.title, c.grade, c.responsibilities, c.competencies)
    if state.version and wanted == state:
        return []
    _once([r.code for r in c.responsibilities], "responsibility")
    _once([k.code for k in c.competencies], "competency")
    for competency in c.competencies:
        if not 1 <= competency.expected_level <= 9:
            raise ExpectedLevelIsOutOfRange(
                f"{competency.code} expects level {competency.expected_level}, allowed is 1 to 9"
            )
    version = state.version + 1
    return [JobDescribed(c.job, version, c.title, c.grade, c.responsibilities, c.competencies)]


def _once(codes: Sequence[str], what: str) -> None:
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise JobNamesSomethingTwice(f"{what} {twice[0]!r} is there twice, allowed is once")
