"""Who is above whom: circles, and an order with managers before their reports."""

from collections.abc import Mapping


def in_cycles(managers: Mapping[str, str | None]) -> set[str]:
    """Everybody who, followed upwards, comes back to themself."""
    found: set[str] = set()
    cleared: set[str] = set()
    for start in managers:
        path: list[str] = []
        at: str | None = start
        while at is not None and at not in cleared and at not in path:
            path.append(at)
            at = managers.get(at)
        if at is not None and at in path:
            found.update(path[path.index(at) :])
        cleared.update(path)
    return found


def top_down(managers: Mapping[str, str | None]) -> list[str]:
    """Managers before their reports, otherwise in the given order.  There must be no cycle."""
    order: dict[str, None] = {}
    for start in managers:
        path: list[str] = []
        at: str | None = start
        while at is not None and at in managers and at not in order:
            path.append(at)
            at = managers[at]
        order.update(dict.fromkeys(reversed(path)))
    return list(order)
