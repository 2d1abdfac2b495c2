"""What operators watch, in Prometheus' words: commands, denials, lag, parked keys, relay age."""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST

_commands = Counter(
    "merit_commands", "Commands by outcome: accepted, unchanged, refused, conflict or failed",
    ["service", "action", "outcome"],
)  # fmt: skip
_group = Histogram(
    "merit_group_commands", "Commands that one group commit appended",
    ["service"], buckets=(0, 1, 2, 4, 8, 16, 32, 64, 128, 256),
)  # fmt: skip
_denied = Counter(
    "merit_denied", "Requests that a policy rule turned away", ["service", "action"]
)  # fmt: skip
_requests = Histogram(
    "merit_request_seconds", "Time to answer a request", ["service", "method", "route", "status"]
)
_gate_age = Gauge(
    "merit_gate_age_seconds", "How long the oldest running append has held readers back",
    ["service"],
)  # fmt: skip
_applied = Counter("merit_applied_events", "Events applied", ["service", "consumer"])
_pool_used = Gauge("merit_pool_used", "Database connections in use", ["service"])
_pool_size = Gauge("merit_pool_size", "Database connections that there may be", ["service"])

_OF_CONSUMER = {
    "merit_lag_events": "Events not applied yet",
    "merit_lag_seconds": "Age of the oldest event not applied yet",
    "merit_parked_keys": "Keys closed after an event failed",
}
_OF_SERVICE = {
    "merit_position": "Position of the newest event",
    "merit_relay_lag_events": "Events not on Kafka yet",
    "merit_relay_age_seconds": "Age of the oldest event not on Kafka yet",
    "merit_relay_led": "1 while some process leads the relay",
    "merit_horizon_age_seconds": "Age of the oldest event that readers may not pass yet",
    "merit_timers_due": "Timers whose moment has come",
    "merit_timers_overdue_seconds": "How long the oldest timer has been due",
    "merit_seal_number": "Number of the last seal",
    "merit_seal_position": "Position up to which history is sealed",
    "merit_seals_unpublished": "Seals that are not on Kafka yet",
    "merit_unsealed_age_seconds": "Age of the oldest event without a seal",
    "merit_kafka_reached": "1 while Kafka answers",
    "merit_looked_timestamp_seconds": "When these figures were measured last",
}
_consumers = {
    name: Gauge(name, said, ["service", "consumer"]) for name, said in _OF_CONSUMER.items()
}
_figures = {name: Gauge(name, said, ["service"]) for name, said in _OF_SERVICE.items()}


def command(service: str, action: str, outcome: str) -> None:
    """Count a command; the outcome is one of those that the metric's help names."""
    _commands.labels(service, action, outcome).inc()


def group(service: str, commands: int) -> None:
    """Count a group commit."""
    _group.labels(service).observe(commands)


def denied(service: str, action: str) -> None:
    _denied.labels(service, action).inc()


def request(service: str, method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer.  `route` is the path's template, never the path: that holds ids."""
    _requests.labels(service, method, route, str(status)).observe(seconds)


def applied(service: str, consumer: str, events: int) -> None:
    """Count events of a batch; told once per batch."""
    _applied.labels(service, consumer).inc(events)


def gate_age(service: str, seconds: float) -> None:
    _gate_age.labels(service).set(seconds)


def pool(service: str, used: int, size: int) -> None:
    _pool_used.labels(service).set(used)
    _pool_size.labels(service).set(size)


def figure(service: str, name: str, value: float) -> None:
    """One of the figures of how a service stands, by its metric's name."""
    _figures[name].labels(service).set(value)


def consumer(service: str, name: str, consumer_id: str, value: float) -> None:
    """One of the figures of a consumer, by its metric's name."""
    _consumers[name].labels(service, consumer_id).set(value)


def exposition() -> bytes:
    """All of it, as a scraper reads it."""
    return generate_latest()
