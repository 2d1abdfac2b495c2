"""Who may do what in people: one table."""

from chassis.policy import Policy, allow

POLICY: Policy = {
    # For an HR partner each row must also lie in their population: see api/extract.py.
    "import_people": allow("admin", "hrbp"),
    "propose_erasure": allow("admin"),
    "confirm_erasure": allow("admin"),
    "describe_job": allow("admin", "hrbp"),
    "read_job": allow("anyone"),
    "read_directory": allow("anyone"),
    "read_tree": allow("anyone"),
    "read_person": allow(
        "own", "report", "subtree", "admin", "hrbp", "cal", "comp", "fin", "pay", "aud"
    ),
    "read_pay": allow("own", "hrbp", "comp", "pay", "aud", logged=True),
    "propose_role": allow("admin"),
    "grant_role": allow("admin"),
    "revoke_role": allow("admin"),
    "read_roles": allow("admin", "hrbp", "aud"),
    "read_todo": allow("own", "hrbp", "admin"),
}
