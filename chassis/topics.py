"""Kafka topics: made with the configured partition count, refused with any other, told apart."""

from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import TopicAlreadyExistsError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

from chassis.settings import Settings


class PartitionCountDiffers(Exception):
    """A topic has another number of partitions than this installation is configured for."""


async def ensure_topics(settings: Settings, services: Iterable[str]) -> None:
    """The services' topics exist, keep their records for ever, and have the right partitions."""
    await ensure(settings, {settings.topic(s): settings.partitions(s) for s in services})


async def ensure(settings: Settings, wanted: Mapping[str, int]) -> None:
    """The topics, with so many partitions each.  Raises PartitionCountDiffers."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        new = [
            NewTopic(name, count, settings.replication, topic_configs={"retention.ms": "-1"})
            for name, count in wanted.items()
        ]
        answer: Any = await admin.create_topics(new)
        for name, code, *_ in answer.topic_errors:
            if code and for_code(code) is not TopicAlreadyExistsError:
                raise for_code(code)(f"topic {name}")
        for topic in await admin.describe_topics(list(wanted)):
            found, expected = len(topic["partitions"]), wanted[topic["topic"]]
            if found and found != expected:
                raise PartitionCountDiffers(
                    f"topic {topic['topic']} has {found} partitions, configured are {expected}"
                )
    finally:
        await admin.close()


async def topic_id(client: AIOKafkaClient, topic: str) -> str | None:
    """The id that Kafka gave the topic: another one when it was made again, empty.

    None while there is no such topic.
    """
    answer: Any = await client.send(client.get_random_node(), _Metadata(topic))
    (found,) = answer.topics
    code, _, high, low, *_ = found
    return None if code else f"{high & 2**64 - 1:016x}{low & 2**64 - 1:016x}"


class _MetadataAnswer(Response):
    """Version 12, the first that is safe to ask for topic ids; the library stops at 5."""

    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("id_high", Int64),
                ("id_low", Int64),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _MetadataQuestion(RequestStruct):
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _MetadataAnswer
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("id_high", Int64),
                ("id_low", Int64),
                ("name", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _Metadata(Request[_MetadataQuestion]):
    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: type[_MetadataQuestion]) -> _MetadataQuestion:
        return request_struct_class([(0, 0, self._topic, {})], False, False, {})
