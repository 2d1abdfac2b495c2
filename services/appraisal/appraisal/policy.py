"""Who may do what in appraisal: one table."""

from chassis.policy import Policy, allow

POLICY: Policy = {
    "define_scheme": allow("admin", "hrbp"),
    "read_setup": allow("anyone"),
    "open_cycle": allow("hrbp"),
    "close_cycle": allow("hrbp"),
    # Without a person in the request any grant of the role lets through; the rows that are acted
    # on or shown are then those of the population that the grant covers.
    "advance_step": allow("hrbp"),
    "read_cycle_status": allow("hrbp", "aud"),
    # Whether the manager is the one of record, the rules of the appraisal decide.
    "rate_self": allow("own"),
    "rate": allow("report"),
    "share_result": allow("report"),
    "hold_interview": allow("report"),
    "acknowledge": allow("own"),
    "reopen": allow("hrbp"),
    "read_appraisal": allow("own", "report", "subtree", "hrbp", "cal", "aud", logged=True),
    "read_todo": allow("own", "hrbp"),
    "read_history": allow("own", "report", "hrbp", "aud", logged=True),
}
