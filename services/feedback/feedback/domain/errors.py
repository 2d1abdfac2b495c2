"""The rules of feedback: one sentence each, told when it is broken."""


class FeedbackRuleBroken(Exception):
    """Something was asked that a rule of this service does not allow."""


class CheckInWasNeverLogged(FeedbackRuleBroken):
    """There is no such check-in to correct."""


class CheckInIsAlreadyLogged(FeedbackRuleBroken):
    """A logged check-in is corrected with a reason, never logged again."""


class CheckInLiesInTheFuture(FeedbackRuleBroken):
    """A check-in is logged on or after the day on which it was held."""


class ConfidenceIsOutOfRange(FeedbackRuleBroken):
    """Confidence is 1 to 5."""


class GoalIsRemarkedTwice(FeedbackRuleBroken):
    """A check-in says one thing about a goal."""


class OnlyTheAuthorCorrects(FeedbackRuleBroken):
    """A check-in is corrected by whoever logged it."""


class CorrectionNeedsAReason(FeedbackRuleBroken):
    """A correction says why."""


class FeedbackGoesToSomebodyElse(FeedbackRuleBroken):
    """Nobody gives feedback to themself."""


class FeedbackSaysSomething(FeedbackRuleBroken):
    """Feedback without a text is not given."""


class FeedbackWasAlreadyGiven(FeedbackRuleBroken):
    """Given feedback is not given again with other words."""


class FeedbackWasNeverGiven(FeedbackRuleBroken):
    """There is no such feedback to withdraw."""


class OnlyTheGiverWithdraws(FeedbackRuleBroken):
    """Feedback is withdrawn by whoever gave it."""


class NoteWasNeverWritten(FeedbackRuleBroken):
    """There is no such note."""


class NoteBelongsToItsAuthor(FeedbackRuleBroken):
    """A private note is removed by its author alone."""
