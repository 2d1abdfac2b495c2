"""The rules of payroll: one sentence each, told when it is broken."""


class PayrollRuleBroken(Exception):
    """Something was asked that a rule of this service does not allow."""


class CodeIsUnreadable(PayrollRuleBroken):
    """Ids and codes go into files as they are: letters, digits, '.', '_' and '-'."""


class PayrollIdBelongsToSomebodyElse(PayrollRuleBroken):
    """Within a legal entity the payroll system knows one person by one id."""


class ComponentIsNamedTwice(PayrollRuleBroken):
    """A component of an award has one wage type per legal entity."""


class BatchIsAlreadyPrepared(PayrollRuleBroken):
    """A batch is prepared once; another one is another batch."""


class BatchWasNeverPrepared(PayrollRuleBroken):
    """There is no such batch."""


class PayPeriodEndsBeforeItStarts(PayrollRuleBroken):
    """The last day of a pay period lies before its first."""


class NothingIsToBePaid(PayrollRuleBroken):
    """A batch without lines is not prepared and not sealed."""


class PayGroupHasAnOpenBatch(PayrollRuleBroken):
    """The batch before it is sealed or dropped first."""


class RegisterHasMovedOn(PayrollRuleBroken):
    """Lines were worked out from facts that did not know the entity's last batch yet."""


class BatchIsSealed(PayrollRuleBroken):
    """A sealed batch is never dropped, only corrected by a later one."""


class BatchIsDropped(PayrollRuleBroken):
    """A dropped batch is over; prepare another."""


class BatchNeedsASecondPerson(PayrollRuleBroken):
    """Whoever prepared a batch cannot seal it."""


class ReleaseIsNotCompletelyHeard(PayrollRuleBroken):
    """A batch is sealed once payroll holds exactly what compensation announced."""


class DroppingNeedsAReason(PayrollRuleBroken):
    """A batch is dropped with a reason."""


class BatchIsNotSealed(PayrollRuleBroken):
    """Only a sealed batch is answered by the payroll system."""


class LineIsNotInThisBatch(PayrollRuleBroken):
    """An acknowledgement file answers the lines of its own batch."""


class LineIsAnsweredTwice(PayrollRuleBroken):
    """An acknowledgement file answers a line once."""


class PaidAmountIsUnreadable(PayrollRuleBroken):
    """A paid line is answered with the amount paid, in the currency's decimal places."""


class VarianceIsUnknown(PayrollRuleBroken):
    """There is no such variance."""


class VarianceNeedsAReason(PayrollRuleBroken):
    """A variance is resolved with a reason."""
