"""Who may do what in feedback: one table."""

from chassis.policy import Policy, allow

POLICY: Policy = {
    "log_check_in": allow("own", "report"),
    "correct_check_in": allow("own", "report"),
    "read_check_ins": allow("own", "report", "aud"),
    "give_feedback": allow("anyone"),
    "withdraw_feedback": allow("anyone"),
    "read_feedback": allow("own", "report", "aud"),
    "read_given_feedback": allow("own"),
    "write_note": allow("own", "report", "subtree"),
    "remove_note": allow("anyone"),
    "read_notes": allow("anyone"),
    "read_todo": allow("own", "hrbp"),
    # HR sees how often people talk, not what they say.
    "read_history": allow("own", "report", "aud", logged=True),
}
