"""Who may do what in payroll: one table.

Roles count for their population: on a batch that is its whole legal entity, see api/scope.py.
"""

from chassis.policy import Policy, allow

POLICY: Policy = {
    "map_payee": allow("pay"),
    "read_payee": allow("pay", "aud", logged=True),
    "set_wage_types": allow("pay"),
    "read_wage_types": allow("pay", "aud"),
    "preview_batch": allow("pay"),
    "prepare_batch": allow("pay"),
    "seal_batch": allow("pay"),
    "drop_batch": allow("pay"),
    "acknowledge_lines": allow("pay"),
    "resolve_variance": allow("pay"),
    "read_batch": allow("pay", "aud"),
    "read_lines": allow("pay", "aud", logged=True),
    "read_todo": allow("own", "hrbp", "pay"),
    # A payslip is nobody else's business: HR sees that a person is mapped, not what was paid.
    "read_history": allow("own", "hrbp", "pay", "aud", logged=True),
}
