"""Everything known for one award, joined from the read models when it is asked for."""

from uuid import UUID

from chassis.ids import stream_id
from chassis.store import Connection, Ref
from compensation.domain.facts import AwardFacts
from compensation.domain.terms import AwardId
from compensation.projections import appraisals, cycles, persons, ranges


def award_ref(cycle: str, person: str) -> Ref:
    """The award's stream: one for each person and cycle."""
    return Ref("award", stream_id("award", cycle, person), key=person)


def award_id(ref: Ref) -> AwardId:
    return AwardId(str(ref.id))


def ref_of(award: str, person: str) -> Ref:
    """The stream of a known award."""
    return Ref("award", UUID(award), key=person)


async def gather(connection: Connection, cycle: str, person: str) -> AwardFacts | None:
    """The facts of the award; None while the appraisal is not final: there is no award yet."""
    appraisal = await appraisals.latest(connection, cycle, person)
    if appraisal is None:
        return None
    assignments = await persons.assignments_of(connection, person)
    grades = sorted({fact.grade for fact in assignments})
    countries = sorted({fact.country for fact in assignments})
    return AwardFacts(
        appraisal=appraisal,
        cycle=await cycles.launched(connection, cycle),
        employment=await persons.employment_of(connection, person),
        assignments=assignments,
        pay=await persons.pay_of(connection, person),
        ranges=await ranges.ranges_for(connection, grades, countries),
    )
