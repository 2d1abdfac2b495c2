"""Who may do what in compensation: one table."""

from chassis.policy import Policy, allow

SEE_PAY = ("report", "subtree", "hrbp", "comp", "fin", "pay", "aud")

POLICY: Policy = {
    "set_range": allow("comp", "admin"),
    "define_matrix": allow("comp", "admin"),
    "define_plan": allow("comp", "admin"),
    "fund_pool": allow("fin", "comp", "admin"),
    "launch_cycle": allow("comp"),
    "commit_awards": allow("comp", "fin"),
    # The second person of four eyes: the award itself refuses its own subject and its launcher.
    "approve_award": allow("fin", "comp"),
    "return_award": allow("fin", "comp"),
    "recalculate_award": allow("comp"),
    "communicate_award": allow("report", "hrbp", "comp"),
    "release_awards": allow("comp"),
    # Their own only once it was communicated: the routes see to that.
    "read_award": allow("own", *SEE_PAY, logged=True),
    "read_own_awards": allow("anyone"),
    # A list holds only those whose award the actor may read; for most that is nobody.
    "read_awards": allow("anyone"),
    "read_waiting": allow("hrbp", "comp", "fin", "aud"),
    "read_setup": allow("hrbp", "comp", "fin", "pay", "aud"),
    "read_todo": allow("own", "hrbp"),
    "read_history": allow("own", "hrbp", "comp", "aud", logged=True),
}
