"""Kafka loses everything it had: whoever owns the facts sends them again, and nothing is twice."""

import asyncio
import shutil

from commontime_driver import Commontime, eventually
from nothing_lost import nothing_lost
from on_disk import by_key, facts, messages
from separate_processes import SeparateProcesses
from steady_load import SteadyLoad

FACTS = {
    "poll_api": "commontime.polls",
    "availability": "commontime.schedules",
    "event_lifecycle": "commontime.lifecycle",
}
# Owners also tell whoever asks them, each ten seconds: that alone would hide a silent topic.
VISIBLE_WITHIN_S = 3


async def test_an_emptied_kafka_is_filled_again_by_the_owners_of_the_facts(
    deployment: SeparateProcesses, driver: Commontime
) -> None:
    load = SteadyLoad(driver, rate=10)
    await load.prepares(polls=2, people=3)

    async def acknowledged() -> int:
        return load.acknowledged.total()

    async with nothing_lost(deployment, load):
        async with load.running() as measured:
            await eventually(acknowledged, lambda count: count >= 20, seconds=60)
            assert deployment.kafka.child
            deployment.kafka.child.kill()
            shutil.rmtree(deployment.folder / "kafka")
            deployment.kafka.begin()
            deployment.kafka.start()
            await asyncio.to_thread(deployment.kafka.wait_until_ready)
            so_far = load.acknowledged.total()
            await eventually(acknowledged, lambda count: count >= so_far + 20, seconds=60)
        assert measured.failed == []
    server = deployment.postgres.url()
    stored = {
        topic: {key: [id_ for id_, _ in of_key] for key, of_key in facts(server, name).items()}
        for name, topic in FACTS.items()
    }

    async def sent() -> dict[str, dict[str, list[str]]]:
        there = await asyncio.to_thread(messages, deployment.kafka.bootstrap)
        return {topic: by_key(there.get(topic, [])) for topic in FACTS.values()}

    await eventually(sent, lambda seen: seen == stored, seconds=90)
    measured = await load.for_seconds(5)
    assert max(measured.visible) <= VISIBLE_WITHIN_S
