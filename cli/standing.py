"""How the platform stands, as `merit status` tells it: tables, and what to look at."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.client import Client
from cli.console import Failed
from cli.fanout import ask_each
from cli.output import print_table
from cli.platform.report import Part, duration

PATIENCE_S = 4.0
LATE_S = 10.0  # shorter is the usual way of events
TIMER_LATE_S = 60.0
SEAL_LATE_S = 180.0
SEALS_LATE = 2  # one may have been made just now

Standing = Mapping[str, Any]
Told = Mapping[str, "Standing | Failed"]


def ask(client: Client, parts: Sequence[Part]) -> Told:
    """What each running service says of itself, or why it said nothing."""
    running = [part.name for part in parts if part.name in client.running()]
    hurried = client.hurried(PATIENCE_S)
    return ask_each(running, lambda service: hurried.read(service, "/status"))


def as_json(parts: Sequence[Part], told: Told) -> dict[str, Any]:
    services = {
        name: {"problem": str(found)} if isinstance(found, Failed) else found
        for name, found in told.items()
    }
    return {"parts": [part.as_json() for part in parts], "services": services}


def show(parts: Sequence[Part], told: Told, *, every_consumer: bool) -> None:
    headings = ("part", "state", "address", "pid", "memory", "running for")
    print_table(headings, [part.as_row() for part in parts])
    answered = {name: found for name, found in told.items() if not isinstance(found, Failed)}
    if answered:
        print()
        print_table(_SERVICE, [service_row(name, found) for name, found in answered.items()])
    consumers = [
        row
        for name, found in answered.items()
        for row in consumer_rows(name, found, everyone=every_consumer)
    ]
    if consumers:
        print()
        print_table(_CONSUMER, consumers)
    worries = [*worries_of(parts, told)]
    print()
    print("look at" if worries else "everything is level")
    for worry in worries:
        print(f"  {worry}")


_SERVICE: tuple[str, ...] = (
    "service",
    "position",
    "consumers",
    "parked",
    "relay",
    "leader",
    "horizon",
    "timers",
    "last seal",
)
_CONSUMER = ("service", "consumer", "reads", "behind", "for", "parked")


def service_row(name: str, found: Standing) -> tuple[str, ...]:
    relay, timers, seal = found["relay"], found["timers"], found["seal"]
    behind = [one for one in found["consumers"] if one["events"] != 0]
    count = len(found["consumers"])
    return (
        name,
        str(found["position"]),
        f"{len(behind)} of {count} behind" if behind else f"{count} level",
        str(found["parked"]),
        lag(relay["events"], relay["age_s"]),
        relay["leader"] or "nobody",
        span(found["horizon_age_s"]) if found["horizon_age_s"] else "level",
        f"{timers['due']} of {timers['set']} due" if timers["set"] else "none",
        f"{seal['number']} at {seal['position']}, {ago(seal['age_s'])}" if seal["number"] else "–",
    )


def consumer_rows(
    name: str, found: Standing, *, everyone: bool
) -> Iterator[tuple[str, str, str, str, str, str]]:
    for one in found["consumers"]:
        if everyone or one["events"] != 0 or one["parked"]:
            unknown = one["events"] is None
            yield (
                name,
                one["consumer"],
                "its own store" if one["source"] == "own" else one["source"],
                "not known" if unknown else events(one["events"]),
                "–" if unknown else span(one["seconds"]),
                keys(one["parked"]),
            )


def worries_of(parts: Sequence[Part], told: Told) -> Iterator[str]:
    """A sentence for each thing that somebody should do something about."""
    for part in parts:
        if part.condition == "died":
            yield f"{part.name} was started and has died; `./merit logs {part.name}`, `./merit up`"
        elif part.condition == "stopped":
            yield f"{part.name} does not run; `./merit up` starts it"
        elif part.condition == "not ready" and part.name not in told:
            yield f"{part.name} does not answer yet"
    for name, found in told.items():
        if isinstance(found, Failed):
            yield str(found) if str(found).startswith(name) else f"{name}: {found}"
        else:
            yield from (f"{name}: {worry}" for worry in worries_in(found))


def worries_in(found: Standing) -> Iterator[str]:
    relay, timers, seal = found["relay"], found["timers"], found["seal"]
    if not found["kafka"]:
        yield "it cannot reach Kafka"
    if relay["leader"] is None:
        yield f"nobody leads its relay; {lag(relay['events'], relay['age_s'])}"
    elif relay["age_s"] >= LATE_S:
        yield f"its relay does not get on: {lag(relay['events'], relay['age_s'])}"
    if found["horizon_age_s"] >= LATE_S:
        yield f"its horizon stands still; an event waits for {span(found['horizon_age_s'])}"
    for one in found["consumers"]:
        if (one["seconds"] or 0) >= LATE_S:
            yield f"{one['consumer']} is behind: {lag(one['events'], one['seconds'])}"
    if found["parked"]:
        yield f"{keys(found['parked'])} parked; `./merit parked` says why"
    if timers["overdue_s"] >= TIMER_LATE_S:
        yield f"{timers['due']} timers are due, the oldest for {span(timers['overdue_s'])}"
    if seal["unpublished"] >= SEALS_LATE:
        yield f"{seal['unpublished']} seals are not on Kafka"
    if seal["unsealed_s"] >= SEAL_LATE_S:
        yield f"an event has waited {span(seal['unsealed_s'])} for a seal"


def lag(count: int, seconds: float) -> str:
    return f"{events(count)}, {span(seconds)}" if count else "level"


def events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def keys(count: int) -> str:
    return "1 key" if count == 1 else f"{count} keys" if count else "–"


def span(seconds: float) -> str:
    """`0.4 s`, `12 s`, and from a minute on as a process's age is told."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 60 else duration(round(seconds))


def ago(seconds: float | None) -> str:
    return "–" if seconds is None else f"{span(seconds)} ago"
