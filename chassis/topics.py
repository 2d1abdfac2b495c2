"""Kafka topics: made with the configured partition count, refused with any other."""

from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

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
