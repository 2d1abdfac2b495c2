"""Builds the merit command from the modules in cli/commands."""


def main() -> None:
    print("merit")
