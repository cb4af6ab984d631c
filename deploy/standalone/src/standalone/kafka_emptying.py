"""Takes away what Kafka holds, which may be newer than restored databases.

Nothing is lost by it: whoever owns a topic fills an empty one again from its database.
"""

import asyncio
import shutil

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from chassis.kafka_settings import KafkaSettings
from chassis.settings import load
from contracts import topics
from standalone.failures import Failure
from standalone.home import Home
from standalone.services import SERVICES
from standalone.settings import Settings

_PATIENCE_S = 30.0


def empty_kafka(home: Home, settings: Settings) -> str:
    """Delete our own Kafka's data, or the topics of one that is named; return what was done."""
    if not settings.kafka_bootstrap_servers:
        if home.kafka_data.exists():
            shutil.rmtree(home.kafka_data)
        return "Kafka's data is deleted"
    deleted = asyncio.run(_delete_topics(load(KafkaSettings)))
    return f"{deleted} topics of {settings.kafka_bootstrap_servers} are deleted"


async def _delete_topics(settings: KafkaSettings) -> int:
    letters = [topics.dead_letter(service.name) for service in SERVICES]
    ours = {settings.kafka_topic_prefix + topic.name for topic in (*topics.ALL, *letters)}
    try:
        admin = AIOKafkaAdminClient(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            **settings.kafka_security.arguments(),
        )
        await admin.start()
        try:
            there = sorted(ours & set(await admin.list_topics()))
            if there:
                await admin.delete_topics(there)
            # Whoever starts now must not find them again.
            async with asyncio.timeout(_PATIENCE_S):
                while ours & set(await admin.list_topics()):  # noqa: ASYNC110  # nothing to await
                    await asyncio.sleep(0.1)
        finally:
            await admin.close()
    except (KafkaError, OSError, TimeoutError) as problem:
        raise Failure(f"Kafka cannot be emptied: {problem}.") from None
    return len(there)
