"""Who may do what in appraisal: one table."""

from chassis.policy import Policy, allow

POLICY: Policy = {
    "define_scheme": allow("admin", "hrbp"),
    "read_scheme": allow("anyone"),
    # An HR partner opens, advances and closes for the population that their grant covers.
    "open_cycle": allow("hrbp"),
    "close_cycle": allow("hrbp"),
    "advance_step": allow("hrbp"),
    "read_cycles": allow("anyone"),
    # Everybody may ask; the answer lists those whose progress the actor may see.
    "list_status": allow("anyone"),
    "read_status": allow("own", "report", "subtree", "hrbp", "aud"),
    # Whether the manager is the one of record, the rules of the appraisal decide.
    "rate_self": allow("own"),
    "rate": allow("report"),
    "share_result": allow("report"),
    "hold_interview": allow("report"),
    "acknowledge": allow("own"),
    "finalise": allow("hrbp"),
    "reopen": allow("hrbp"),
    "read_appraisal": allow("own", "report", "subtree", "hrbp", "cal", "aud", logged=True),
    "read_todo": allow("own", "hrbp"),
    "read_history": allow("own", "report", "hrbp", "aud", logged=True),
}
