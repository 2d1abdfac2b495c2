"""The rules of a person: employment, assignments and pay, each counting from its own day."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from chassis.testing import Scenario
from chassis.values import Money
from people.domain import person
from people.domain.commands import (
    Assign,
    Assignment,
    Leave,
    Pay,
    RecordPay,
    Register,
    Rename,
    Return,
    TakeRow,
)
from people.domain.errors import (
    FactLiesOutsideEmployment,
    ManagersMustNotFormACycle,
    NobodyManagesThemself,
    OwnPayCannotBeRecorded,
    PayIsNotAboveZero,
    PersonIsAlreadyRegistered,
    PersonIsNotRegistered,
    PersonLeavesBeforeStarting,
    PersonReturnsBeforeLeaving,
    WorkingTimeIsOutOfRange,
)
from people.domain.events import (
    AssignmentChanged,
    JobCode,
    PayRecorded,
    PersonId,
    PersonLeft,
    PersonRegistered,
    PersonRenamed,
    PersonReturned,
)

a_person = Scenario(person)

ANN, BOB, EVA = PersonId("ann"), PersonId("bob"), PersonId("eva")
T = datetime(2026, 3, 1, 9, tzinfo=UTC)
HIRED, MARCH, APRIL = date(2020, 1, 1), date(2026, 3, 1), date(2026, 4, 1)
HR = "hr"

CLERK = Assignment(BOB, "sales", "US01", JobCode("clerk"), "G2", "MA", Decimal(1), "US")
SELLER = replace(CLERK, job=JobCode("seller"), grade="G3")
PAY = Pay(Money(6_000_000, "USD"), Decimal(1))
RAISED = Pay(Money(6_300_000, "USD"), Decimal(1))

registered = PersonRegistered(ANN, "1001", "Ann Lee", HIRED)


def assigned(day: date, a: Assignment = CLERK) -> AssignmentChanged:
    return AssignmentChanged(
        ANN, day, a.manager, a.unit, a.entity, a.job, a.grade, a.location, a.fte, a.country
    )


def paid(day: date, pay: Pay = PAY, reason: str = "first pay on record") -> PayRecorded:
    return PayRecorded(ANN, day, pay.annual, pay.fte, "extract", reason)


register = Register(ANN, "1001", "Ann Lee", HIRED, HR, T)
assign = Assign(ANN, MARCH, SELLER, (EVA,), HR, T)
record_pay = RecordPay(ANN, MARCH, PAY, "extract", "first pay on record", HR, T)
leave = Leave(ANN, MARCH, "retired", HR, T)
row = TakeRow(
    person=ANN,
    employee_no="1001",
    name="Ann Lee",
    known_as="",
    hired_on=HIRED,
    left_on=None,
    leave_reason="",
    assignment=CLERK,
    chain=(EVA,),
    pay=PAY,
    as_of=MARCH,
    assigned_from=None,
    paid_from=None,
    source="extract",
    by=HR,
    at=T,
)
on_record = (registered, assigned(HIRED), paid(HIRED))
next_row = replace(row, known_as="Ann Lee", as_of=APRIL)


def test_a_new_person_is_registered() -> None:
    a_person.when(register).then(registered)


def test_registering_twice_changes_nothing() -> None:
    a_person.when(register).told_twice_changes_nothing()


def test_a_registered_person_keeps_the_hire_date() -> None:
    a_person.given(registered).when(replace(register, hired_on=MARCH)).refused(
        PersonIsAlreadyRegistered
    )


def test_nothing_is_recorded_of_a_person_who_is_not_registered() -> None:
    for command in (assign, record_pay, leave, Return(ANN, MARCH, HR, T)):
        a_person.when(command).refused(PersonIsNotRegistered)


def test_a_new_name_is_recorded_and_the_known_one_is_not() -> None:
    a_person.given(registered).when(Rename(ANN, "Ann Ray", "Ann Lee", HR, T)).then(
        PersonRenamed(ANN, "Ann Ray")
    )
    a_person.given(registered).when(Rename(ANN, "Ann Lee", "Ann Lee", HR, T)).then()


def test_an_assignment_counts_from_its_day() -> None:
    a_person.given(registered, assigned(HIRED)).when(assign).then(assigned(MARCH, SELLER))
    a_person.given(registered, assigned(HIRED)).when(assign).told_twice_changes_nothing()


def test_the_assignment_already_in_force_is_not_recorded_again() -> None:
    a_person.given(registered, assigned(HIRED)).when(replace(assign, assignment=CLERK)).then()


def test_a_later_assignment_does_not_hide_what_counted_before() -> None:
    history = (registered, assigned(HIRED), assigned(APRIL, SELLER))
    a_person.given(*history).when(replace(assign, assignment=CLERK)).then()
    a_person.given(*history).when(assign).then(assigned(MARCH, SELLER))


def test_the_last_word_on_a_day_counts() -> None:
    history = (registered, assigned(MARCH, SELLER), assigned(MARCH, CLERK))
    a_person.given(*history).when(replace(assign, assignment=CLERK)).then()
    a_person.given(*history).when(assign).then(assigned(MARCH, SELLER))


def test_nobody_manages_themself() -> None:
    own = replace(assign, assignment=replace(CLERK, manager=ANN), chain=())
    a_person.given(registered).when(own).refused(NobodyManagesThemself)


def test_managers_must_not_form_a_cycle() -> None:
    a_person.given(registered).when(replace(assign, chain=(EVA, ANN))).refused(
        ManagersMustNotFormACycle
    )


def test_nobody_above_is_allowed() -> None:
    top = replace(CLERK, manager=None)
    a_person.given(registered).when(replace(assign, assignment=top, chain=())).then(
        assigned(MARCH, top)
    )


def test_working_time_is_above_zero_and_at_most_full() -> None:
    for fte in ("0", "1.01", "-0.5"):
        short = replace(CLERK, fte=Decimal(fte))
        a_person.given(registered).when(replace(assign, assignment=short)).refused(
            WorkingTimeIsOutOfRange
        )
        pay = replace(PAY, fte=Decimal(fte))
        a_person.given(registered).when(replace(record_pay, pay=pay)).refused(
            WorkingTimeIsOutOfRange
        )


def test_an_assignment_counts_within_the_employment() -> None:
    early = replace(assign, effective_on=date(2019, 12, 31))
    a_person.given(registered).when(early).refused(FactLiesOutsideEmployment)
    late = replace(assign, effective_on=APRIL)
    a_person.given(registered, PersonLeft(ANN, MARCH, "retired")).when(late).refused(
        FactLiesOutsideEmployment
    )
    a_person.given(registered, PersonLeft(ANN, MARCH, "retired")).when(assign).then(
        assigned(MARCH, SELLER)
    )


def test_pay_counts_from_its_day() -> None:
    a_person.given(registered).when(record_pay).then(paid(MARCH))
    a_person.given(registered).when(record_pay).told_twice_changes_nothing()


def test_the_same_pay_at_a_later_day_is_not_recorded_again() -> None:
    a_person.given(registered, paid(HIRED)).when(record_pay).then()


def test_pay_is_above_zero() -> None:
    for minor in (0, -1):
        pay = Pay(Money(minor, "USD"), Decimal(1))
        a_person.given(registered).when(replace(record_pay, pay=pay)).refused(PayIsNotAboveZero)


def test_nobody_records_their_own_pay() -> None:
    a_person.given(registered).when(replace(record_pay, by=ANN)).refused(OwnPayCannotBeRecorded)


def test_the_own_row_may_stay_as_it_is() -> None:
    a_person.given(registered, paid(HIRED)).when(replace(record_pay, by=ANN)).then()


def test_the_last_day_is_recorded_once_and_can_be_corrected() -> None:
    a_person.given(registered).when(leave).then(PersonLeft(ANN, MARCH, "retired"))
    a_person.given(registered).when(leave).told_twice_changes_nothing()
    a_person.given(registered, PersonLeft(ANN, APRIL, "retired")).when(leave).then(
        PersonLeft(ANN, MARCH, "retired")
    )
    a_person.given(registered, PersonLeft(ANN, MARCH, "retired")).when(
        replace(leave, effective_on=APRIL)
    ).then(PersonReturned(ANN, date(2026, 3, 2)), PersonLeft(ANN, APRIL, "retired"))


def test_nobody_leaves_before_starting() -> None:
    a_person.given(registered).when(replace(leave, effective_on=date(2019, 12, 31))).refused(
        PersonLeavesBeforeStarting
    )


def test_who_left_can_return_later() -> None:
    left = PersonLeft(ANN, MARCH, "retired")
    back = Return(ANN, APRIL, HR, T)
    a_person.given(registered, left).when(back).then(PersonReturned(ANN, APRIL))
    a_person.given(registered, left).when(back).told_twice_changes_nothing()
    a_person.given(registered, left).when(replace(back, effective_on=MARCH)).refused(
        PersonReturnsBeforeLeaving
    )


def test_a_first_row_counts_from_the_hire_date() -> None:
    a_person.when(row).then(*on_record)


def test_the_same_row_again_changes_nothing() -> None:
    a_person.given(*on_record).when(next_row).then()


def test_a_row_told_twice_changes_nothing() -> None:
    leaver = replace(row, left_on=MARCH, leave_reason="retired")
    gone = (*on_record, PersonLeft(ANN, MARCH, "retired"))
    a_person.when(row).told_twice_changes_nothing()
    a_person.when(leaver).told_twice_changes_nothing()
    a_person.given(*gone).when(next_row).told_twice_changes_nothing()
    a_person.given(*gone).when(replace(next_row, left_on=APRIL)).told_twice_changes_nothing()


def test_a_newer_row_records_only_the_change_from_the_day_of_the_extract() -> None:
    a_person.given(*on_record).when(replace(next_row, pay=RAISED)).then(
        paid(APRIL, RAISED, "pay changed in the extract")
    )
    a_person.given(*on_record).when(replace(next_row, assignment=SELLER)).then(
        assigned(APRIL, SELLER)
    )


def test_a_newer_row_may_say_itself_from_when_it_counts() -> None:
    a_person.given(*on_record).when(
        replace(next_row, pay=RAISED, paid_from=MARCH, assignment=SELLER, assigned_from=MARCH)
    ).then(assigned(MARCH, SELLER), paid(MARCH, RAISED, "pay changed in the extract"))


def test_a_row_of_a_leaver_records_the_last_day() -> None:
    leaver = replace(row, left_on=MARCH, leave_reason="retired", as_of=APRIL)
    a_person.when(leaver).then(*on_record, PersonLeft(ANN, MARCH, "retired"))
    gone = (*on_record, PersonLeft(ANN, MARCH, "retired"))
    a_person.given(*gone).when(replace(leaver, known_as="Ann Lee")).then()
    a_person.given(*gone).when(replace(leaver, known_as="Ann Lee", assignment=SELLER)).then(
        assigned(MARCH, SELLER)
    )


def test_a_corrected_last_day_keeps_facts_inside_the_employment() -> None:
    gone = (*on_record, PersonLeft(ANN, MARCH, "retired"))
    later = replace(next_row, left_on=APRIL, leave_reason="retired", assignment=SELLER)
    a_person.given(*gone).when(replace(later, as_of=date(2026, 5, 1))).then(
        assigned(MARCH, SELLER),
        PersonReturned(ANN, date(2026, 3, 2)),
        PersonLeft(ANN, APRIL, "retired"),
    )


def test_a_row_without_pay_leaves_pay_as_it_is() -> None:
    a_person.when(replace(row, pay=None)).then(registered, assigned(HIRED))
    a_person.given(*on_record).when(replace(next_row, pay=None)).then()


def test_a_row_of_somebody_who_came_back_records_the_return() -> None:
    gone = (*on_record, PersonLeft(ANN, MARCH, "retired"))
    a_person.given(*gone).when(replace(next_row, hired_on=date(2026, 3, 15))).then(
        PersonReturned(ANN, date(2026, 3, 15))
    )
    a_person.given(*gone).when(next_row).then(PersonReturned(ANN, APRIL))
    back = (*gone, PersonReturned(ANN, APRIL))
    a_person.given(*back).when(next_row).then()


def test_a_row_with_another_hire_date_is_refused_whole() -> None:
    a_person.given(*on_record).when(
        replace(next_row, hired_on=date(2020, 2, 1), pay=RAISED)
    ).refused(PersonIsAlreadyRegistered)


def test_a_row_with_another_name_renames() -> None:
    a_person.given(*on_record).when(replace(next_row, name="Ann Ray")).then(
        PersonRenamed(ANN, "Ann Ray")
    )
