"""The one kind of error that the platform shows to a person."""

from cli.console import Failed


class PlatformFailed(Failed):
    """What is wrong with the local platform and what to do about it."""
