"""The one kind of error that the platform shows to a person."""


class PlatformFailed(Exception):
    """One clear sentence about what is wrong and what to do."""
