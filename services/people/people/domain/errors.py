"""The rules of people: one sentence each, told when it is broken."""


class PeopleRuleBroken(Exception):
    """Something was asked that a rule of this service does not allow.

    `field` names the part of a row that breaks it, for reports on imported files.
    """

    field = "row"


class PersonIsNotRegistered(PeopleRuleBroken):
    field = "employee_no"


class PersonIsAlreadyRegistered(PeopleRuleBroken):
    """The same person was registered with other facts."""

    field = "hired_on"


class NobodyManagesThemself(PeopleRuleBroken):
    field = "manager"


class ManagersMustNotFormACycle(PeopleRuleBroken):
    field = "manager"


class FactLiesOutsideEmployment(PeopleRuleBroken):
    """An assignment or pay counts from a day on which the person is not employed."""

    field = "effective_on"


class WorkingTimeIsOutOfRange(PeopleRuleBroken):
    field = "fte"


class PayIsNotAboveZero(PeopleRuleBroken):
    field = "annual"


class OwnPayCannotBeRecorded(PeopleRuleBroken):
    field = "annual"


class PersonLeavesBeforeStarting(PeopleRuleBroken):
    field = "left_on"


class NobodyErasesThemself(PeopleRuleBroken):
    """Erasing a person is proposed and confirmed by others than the person."""


class ErasureWasNotProposed(PeopleRuleBroken):
    """Nobody has proposed to erase the person."""


class ErasureNeedsASecondPerson(PeopleRuleBroken):
    """Who proposed an erasure cannot confirm it."""


class PersonReturnsBeforeLeaving(PeopleRuleBroken):
    field = "hired_on"


class JobNamesSomethingTwice(PeopleRuleBroken):
    """Two responsibilities or two competencies of a job have the same code."""


class ExpectedLevelIsOutOfRange(PeopleRuleBroken):
    """An expected competency level lies outside 1 to 9."""


class RoleIsUnknown(PeopleRuleBroken):
    """The role is none of those that a person can hold."""


class PopulationIsUnreadable(PeopleRuleBroken):
    """A population is 'all', 'entity:<code>' or 'unit:<code>'."""


class RoleEndsBeforeItStarts(PeopleRuleBroken):
    """The last day of a role lies before its first."""


class RoleWasNotProposed(PeopleRuleBroken):
    """There is no open proposal with this id."""


class RoleNeedsASecondPerson(PeopleRuleBroken):
    """Whoever proposed a role cannot grant it."""


class OwnRoleCannotBeDecided(PeopleRuleBroken):
    """Nobody proposes or grants a role for themself."""


class RoleIsNotHeld(PeopleRuleBroken):
    """There is no grant with this id to revoke."""


class OnlyTheServiceRecordsFirstAdministrators(PeopleRuleBroken):
    """First administrators come from the configuration, never from a person."""
