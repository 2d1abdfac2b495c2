"""The error that every rule of compensation is a case of."""


class CompensationRuleBroken(Exception):
    """A request that the rules of compensation do not allow; the subclass names the rule."""
