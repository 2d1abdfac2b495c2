"""Who may do what in audit: one table."""

from chassis.policy import Policy, allow

POLICY: Policy = {"read_witness": allow("aud", "admin")}
