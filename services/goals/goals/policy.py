"""Who may do what in goals: one table."""

from chassis.policy import Policy, allow

POLICY: Policy = {
    "set_objective": allow("admin", "hrbp"),
    "read_objectives": allow("anyone"),
    # Which of the two parties somebody is, the rules of the plan decide.
    "negotiate_plan": allow("own", "report"),
    "read_plans": allow("own", "report", "subtree", "hrbp", "aud"),
    "read_contract": allow("own", "report", "subtree", "hrbp", "aud"),
    "record_progress": allow("own", "report", "feed"),
    "read_progress": allow("own", "report", "subtree", "hrbp", "aud"),
    "read_todo": allow("own", "hrbp"),
    "read_history": allow("own", "report", "hrbp", "aud"),
}
