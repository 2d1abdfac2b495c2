"""The rules of goals: one sentence each, told when it is broken."""


class GoalsRuleBroken(Exception):
    """Something was asked that a rule of this service does not allow."""


class WeightsMustTotalOneHundred(GoalsRuleBroken):
    """A block's lines, or the two blocks, do not add up to exactly 100 %."""


class WeightLiesOutsideItsRange(GoalsRuleBroken):
    """A line weighs more than 0 and up to 100 %, a block from 0 to 100 %."""


class EmptyBlockMustNotWeigh(GoalsRuleBroken):
    """A block without lines weighs 0 %, and a block of 0 % has no lines."""


class LineIsGivenTwice(GoalsRuleBroken):
    """Two lines of a block have the same id."""


class PlanNeedsALine(GoalsRuleBroken):
    """A plan without any line is no plan."""


class LinkIsUnknown(GoalsRuleBroken):
    """A line serves an objective or a responsibility that exists."""


class CompetencyIsUnknown(GoalsRuleBroken):
    """The job does not expect this competency at this level."""


class TargetMustBePositive(GoalsRuleBroken):
    """A ratio to the target is undefined or turns round; use zero_defect or signed."""


class ZeroDefectMeansZero(GoalsRuleBroken):
    """The target of a zero-defect KPI is 0."""


class CapIsRequired(GoalsRuleBroken):
    """A ratio that grows without bound needs a cap."""


class CapMustExceedFloor(GoalsRuleBroken):
    """The floor of a KPI lies below its cap."""


class BaselineIsRequired(GoalsRuleBroken):
    """A signed KPI is measured from a baseline that differs from its target."""


class ZeroTableMustRise(GoalsRuleBroken):
    """The table of a zero-defect KPI starts at 0 and goes up."""


class ZeroTableIsForZeroDefect(GoalsRuleBroken):
    """A table that no formula reads must not stand in a contract."""


class MoreDefectsMustNotEarnMore(GoalsRuleBroken):
    """The percent of a zero-defect KPI falls or stays as the count rises."""


class LevelsMustBeOrdered(GoalsRuleBroken):
    """Threshold, target and stretch follow each other strictly in the KPI's direction."""


class ObjectiveMustNotServeItself(GoalsRuleBroken):
    """The parent of an objective is another one."""


class PlanIsAlreadyProposed(GoalsRuleBroken):
    """There is a proposal on the table: counter it or sign it."""


class PlanIsNotBeingNegotiated(GoalsRuleBroken):
    """There is no proposal to counter, sign or withdraw."""


class SignerIsNoPartyToThePlan(GoalsRuleBroken):
    """Only the employee and their manager agree a plan."""


class NobodyAgreesWithThemself(GoalsRuleBroken):
    """A person who is their own manager cannot sign twice."""


class ManagerIsUnknown(GoalsRuleBroken):
    """Without a manager there is nobody to agree with."""


class ContentHasChanged(GoalsRuleBroken):
    """The signature is for other content than is on the table."""


class ContractIsNotInForce(GoalsRuleBroken):
    """Only what both have agreed can be amended or measured."""


class AmendmentIsAlreadyProposed(GoalsRuleBroken):
    """One amendment at a time."""


class AmendmentIsNotProposed(GoalsRuleBroken):
    """There is no amendment to sign or to reject."""


class AmendmentLiesOutsideThePeriod(GoalsRuleBroken):
    """An amendment counts from a day of the period, not before what it replaces."""


class ReasonIsRequired(GoalsRuleBroken):
    """An amendment or a correction says why."""


class PeriodMustNotEndBeforeItStarts(GoalsRuleBroken):
    """The last day lies on or after the first."""


class GoalIsNotInTheContract(GoalsRuleBroken):
    """Readings are taken for what was agreed."""


class ReadingLiesOutsideThePeriod(GoalsRuleBroken):
    """A reading is of a day of the contract's period."""


class ReadingLiesInTheFuture(GoalsRuleBroken):
    """What has not happened cannot be read."""


class ReadingIsUnknown(GoalsRuleBroken):
    """There is no such reading to correct."""


class ReadingWasAlreadyCorrected(GoalsRuleBroken):
    """Correct the reading that replaced it."""
