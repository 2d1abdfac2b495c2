"""AsyncAPI 3: what a service publishes, as a document made from its events."""

import importlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args, get_type_hints

from chassis.codec import EventName
from chassis.service import Service
from chassis.settings import Settings

ASYNCAPI = "3.1.0"
# What the relay sends with every event, beside the two headers that name it; chassis/record.py.
_EMPTY_OR_UUID = "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"
_HEADERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "ce_specversion": ("The version of CloudEvents.", {"const": "1.0"}),
    "ce_id": ("The event's own id; the same when it is sent again.", {"format": "uuid"}),
    "ce_subject": ("Whom the event is about: a person's id, or empty.", {}),
    "ce_time": ("When it was recorded, in UTC.", {"format": "date-time"}),
    "ce_effectivetime": ("From when on it counts, in UTC.", {"format": "date-time"}),
    "ce_position": ("Its place in the service's store; rises, with gaps.", {"pattern": "^[0-9]+$"}),
    "ce_stream": ("The stream that it belongs to.", {"format": "uuid"}),
    "ce_version": ("Its place in that stream, from 1, without gaps.", {"pattern": "^[0-9]+$"}),
    "ce_previoushash": ("SHA-256 of the event before it.", {"pattern": "^[0-9a-f]{64}$"}),
    "ce_hash": ("SHA-256 over that hash and this event.", {"pattern": "^[0-9a-f]{64}$"}),
    "ce_correlationid": (
        "What everything that follows from one request shares.",
        {"format": "uuid"},
    ),
    "ce_causationid": ("The event that caused it, or empty.", {"pattern": _EMPTY_OR_UUID}),
    "ce_actor": ("Who did it: a person's id, or `system:` and a service.", {}),
    "content-type": ("How the payload is written.", {"const": "application/json"}),
}
_KEY = {
    "type": "string",
    "minLength": 1,
    "description": "The person whom the stream is about, or else the stream's id.",
}
_DELIVERY = (
    "An event comes at least once, in the order of its key. The same `ce_stream` and `ce_version` "
    "again is a repeat; a jump of `ce_version` means that one is missing. Texts of persons are "
    "sealed under a key of the person's own; `x-personal` in a payload names the field that says "
    "whose. Read only what you need and ignore fields that you do not know: one may be added."
)


Schemas = Mapping[EventName, Mapping[str, Any]]


def unpublished(service: Service) -> set[str]:
    """The names in the streams that never leave the store: what their deciders evolve by."""
    names = {cls: name for (name, _), cls in service.events.items()}
    return {
        names[event]
        for category in service.unpublished
        for event in _evolved_by(importlib.import_module(f"{service.name}.domain.{category}"))
    }


def _evolved_by(decider: Any) -> tuple[type, ...]:
    events = get_type_hints(decider.evolve)["event"]
    return get_args(events) or (events,)


def document(service: Service, schemas: Schemas) -> dict[str, Any]:
    """The service's topic, and a message for each name and version that was ever released to it."""
    keys = {name: _message_key(name) for name in sorted(schemas)}
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": f"Meritledger {service.name} events",
            "version": "1.0.0",
            "description": f"What the {service.name} service publishes. {_DELIVERY}",
        },
        "defaultContentType": "application/json",
        "channels": {"events": _channel(service, keys.values())},
        "operations": {
            "publishEvents": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Every recorded event, in the order of its key.",
                "messages": [
                    {"$ref": f"#/channels/events/messages/{key}"} for key in keys.values()
                ],
            }
        },
        "components": {
            "messages": {key: _message(name, schemas[name]) for name, key in keys.items()},
            "schemas": {"headers": _common_headers(service)}
            | {key: _payload(name, schemas[name]) for name, key in keys.items()},
        },
    }


def _message_key(name: EventName) -> str:
    """`GoalAgreed.v1`, as the files of the schemas are called."""
    return f"{name[0].split('.', 1)[1]}.v{name[1]}"


def _channel(service: Service, keys: Iterable[str]) -> dict[str, Any]:
    settings = Settings.model_construct()  # the defaults, whatever this machine's environment says
    return {
        "address": settings.model_copy(update={"prefix": "{prefix}"}).topic(service.name),
        "title": f"The {service.name} events",
        "description": "One topic; its records are kept for ever.",
        "parameters": {
            "prefix": {
                "description": "What an installation's topics start with.",
                "default": settings.prefix,
            }
        },
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in keys},
        "bindings": {
            "kafka": {
                "partitions": settings.partitions(service.name),
                "topicConfiguration": {"retention.ms": -1},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _message(name: EventName, schema: Mapping[str, Any]) -> dict[str, Any]:
    stored, version = name
    return {
        "name": stored,
        "title": f"{stored} version {version}",
        "summary": _summary(schema),
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/headers"},
                {
                    "properties": {
                        "ce_type": {"const": stored},
                        "ce_schemaversion": {"const": str(version)},
                    }
                },
            ]
        },
        "payload": {"$ref": f"#/components/schemas/{_message_key(name)}"},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {"kafka": {"key": _KEY, "bindingVersion": "0.5.0"}},
        "x-personal": [
            {"path": "/".join(path), "owner": owner} for path, owner in _personal(schema, schema)
        ],
    }


def _summary(schema: Mapping[str, Any]) -> str:
    """The first line of the event's description, or its name in words: `Plan signed`."""
    if text := schema.get("description"):
        return str(text).split("\n", 1)[0]
    name = str(schema["title"])
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced.strip().capitalize()


def _personal(
    schema: Mapping[str, Any], node: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where personal texts sit, `*` for each member of a list, and the field that says whose."""
    if owner := node.get("x-personal"):
        yield path, owner
    if reference := node.get("$ref"):
        yield from _personal(schema, schema["$defs"][reference.rsplit("/", 1)[1]], path)
    for option in node.get("anyOf", ()):
        yield from _personal(schema, option, path)
    if "items" in node:
        yield from _personal(schema, node["items"], (*path, "*"))
    for name, each in node.get("properties", {}).items():
        yield from _personal(schema, each, (*path, name))


def _common_headers(service: Service) -> dict[str, Any]:
    said = {
        "ce_source": ("The service that recorded it.", {"const": f"merit/{service.name}"}),
        "ce_type": ("The event's stored name.", {}),
        "ce_schemaversion": ("The version of its payload.", {"pattern": "^[0-9]+$"}),
        **_HEADERS,
    }
    required = {
        name: {"type": "string", "description": description, **rules}
        for name, (description, rules) in said.items()
    }
    behalf = "For whom the actor acted, where that is somebody else."
    return {
        "type": "object",
        "required": sorted(required),
        "properties": required | {"ce_onbehalfof": {"type": "string", "description": behalf}},
    }


def _payload(name: EventName, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The frozen schema, its own definitions named from the document's root.

    AsyncAPI's schemas are those of draft 7, where definitions are called so.
    """
    place = f"#/components/schemas/{_message_key(name)}/definitions/"
    moved: dict[str, Any] = json.loads(json.dumps(schema).replace('"#/$defs/', f'"{place}'))
    definitions = moved.pop("$defs", None)
    del moved["$schema"], moved["$id"]
    return moved | ({"definitions": definitions} if definitions else {})
