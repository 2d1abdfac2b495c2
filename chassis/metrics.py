"""What operators watch, in Prometheus' words: commands, denials, lag, parked keys, relay age."""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST

_commands = Counter(
    "merit_commands", "Commands by outcome: accepted, unchanged, refused, conflict or failed",
    ["service", "action", "outcome"],
)  # fmt: skip
_denied = Counter(
    "merit_denied", "Requests that a policy rule turned away", ["service", "action"]
)  # fmt: skip
_requests = Histogram(
    "merit_request_seconds", "Time to answer a request", ["service", "method", "route", "status"]
)
_lag_events = Gauge("merit_lag_events", "Events not applied yet", ["service", "consumer"])
_lag_seconds = Gauge(
    "merit_lag_seconds", "Age of the oldest event not applied yet", ["service", "consumer"]
)
_parked = Gauge("merit_parked_keys", "Keys closed after an event failed", ["service", "consumer"])
_relay_age = Gauge(
    "merit_relay_age_seconds", "Age of the oldest event not on Kafka yet", ["service"]
)
_gate_age = Gauge(
    "merit_gate_age_seconds", "How long the oldest running append has held readers back",
    ["service"],
)  # fmt: skip
_applied = Counter("merit_applied_events", "Events applied", ["service", "consumer"])


def command(service: str, action: str, outcome: str) -> None:
    """Count a command; the outcome is one of those that the metric's help names."""
    _commands.labels(service, action, outcome).inc()


def denied(service: str, action: str) -> None:
    _denied.labels(service, action).inc()


def request(service: str, method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer.  `route` is the path's template, never the path: that holds ids."""
    _requests.labels(service, method, route, str(status)).observe(seconds)


def lag(service: str, consumer: str, events: int, seconds: float) -> None:
    _lag_events.labels(service, consumer).set(events)
    _lag_seconds.labels(service, consumer).set(seconds)


def applied(service: str, consumer: str, events: int) -> None:
    """Count events of a batch; told once per batch."""
    _applied.labels(service, consumer).inc(events)


def parked(service: str, consumer: str, keys: int) -> None:
    _parked.labels(service, consumer).set(keys)


def relay_age(service: str, seconds: float) -> None:
    _relay_age.labels(service).set(seconds)


def gate_age(service: str, seconds: float) -> None:
    _gate_age.labels(service).set(seconds)


def exposition() -> bytes:
    """All of it, as a scraper reads it."""
    return generate_latest()
