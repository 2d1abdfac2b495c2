"""The rules of appraisal: one sentence each, told when it is broken."""


class AppraisalRuleBroken(Exception):
    """Something was asked that a rule of this service does not allow."""


class WeightMustNotBeNegative(AppraisalRuleBroken):
    """A weight says how much a line counts; less than nothing means nothing."""


class FiguresMustPairUp(AppraisalRuleBroken):
    """Every score has a weight, and every weight a score."""


class BandsMustTile(AppraisalRuleBroken):
    """Bands leave no gap and do not overlap."""


class SegmentsMustNotOverlap(AppraisalRuleBroken):
    """A day is scored once."""


class ScaleMustRise(AppraisalRuleBroken):
    """The top of a scale lies above its bottom."""


class TargetMustBePositive(AppraisalRuleBroken):
    """A ratio to the target is undefined or turns round."""


class CapIsRequired(AppraisalRuleBroken):
    """A ratio that grows without bound needs a cap."""


class BaselineMustDifferFromTarget(AppraisalRuleBroken):
    """Progress from baseline to target needs a way to go."""


class LevelsMustBeOrdered(AppraisalRuleBroken):
    """Threshold, target and maximum follow each other strictly."""


class TableMustStartAtZero(AppraisalRuleBroken):
    """The table of a zero-target KPI says what no defect earns, and goes up."""


class ThresholdNeedsThreeRaters(AppraisalRuleBroken):
    """Fewer raters could be told apart."""


class CompletionIsInPercent(AppraisalRuleBroken):
    """Progress is 0 to 100 percent, a star rating 0 to 1, a manual score 0 to 5."""


class MorePercentMustNotEarnLess(AppraisalRuleBroken):
    """Who achieves more never scores less."""


class RatingsMustDiffer(AppraisalRuleBroken):
    """A rating is reached from one score on."""


class PlacesAreFewAndWhole(AppraisalRuleBroken):
    """A score is rounded to 0 to 6 decimal places."""


class SchemeIsUnknown(AppraisalRuleBroken):
    """A cycle names a scheme that was defined."""


class DeadlinesMustFollowEachOther(AppraisalRuleBroken):
    """Self rating, manager rating and interview are due in this order, after the period begins."""


class CycleIsAlreadyOpen(AppraisalRuleBroken):
    """The cycle was opened with other terms; what it was opened with is frozen."""


class CycleIsNotOpen(AppraisalRuleBroken):
    """There is no such cycle, or it was closed."""


class AppraisalIsNotAtThisStep(AppraisalRuleBroken):
    """Steps follow each other."""


class OnlyTheEmployeeMayDoThis(AppraisalRuleBroken):
    """Self rating and acknowledgement are the employee's own."""


class OnlyTheManagerMayDoThis(AppraisalRuleBroken):
    """Rating, sharing and the interview are the manager's of record."""


class NobodyRatesThemselfAsManager(AppraisalRuleBroken):
    """The manager of record is somebody else."""


class RatingLiesOutsideTheScale(AppraisalRuleBroken):
    """A rating is a decimal on the scheme's scale."""


class LineIsUnknown(AppraisalRuleBroken):
    """Ratings are given for lines of the contract."""


class RatingIsMissing(AppraisalRuleBroken):
    """Every competency of the contract gets the manager's rating."""


class ContractIsMissing(AppraisalRuleBroken):
    """A score is computed from a contract in force."""


class FigureIsMissing(AppraisalRuleBroken):
    """The scheme blocks a score while a line has no figure."""


class DeadlineIsOver(AppraisalRuleBroken):
    """Silence until the deadline was recorded as silence."""


class ReasonIsRequired(AppraisalRuleBroken):
    """Acting for somebody, reopening and refusing say why."""


class NobodyDecidesOnThemself(AppraisalRuleBroken):
    """Advancing and reopening are for somebody else's appraisal."""


class InterviewLiesInTheFuture(AppraisalRuleBroken):
    """What has not happened was not held."""


class AppraisalIsNotFinalised(AppraisalRuleBroken):
    """Only a final result is reopened."""
