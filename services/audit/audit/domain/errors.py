"""The base of audit's rules, of which there are none: it takes no commands."""


class AuditRuleBroken(Exception):
    """A rule of audit."""
