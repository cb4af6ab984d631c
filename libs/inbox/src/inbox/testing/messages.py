"""Messages on the topics, good and bad ones, and the dead letters that came of them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts import topics
from contracts.envelope import Envelope
from contracts.fact import State


@dataclass
class Topics:
    """Puts messages on the topics, as the owner's relay would or should not."""

    producer: AIOKafkaProducer
    bootstrap: str
    prefix: str

    async def send(self, *envelopes: Envelope, key: bytes | None = None) -> None:
        for envelope in envelopes:
            await self.send_raw(
                envelope.data, key=key or envelope.key.encode(), headers=envelope.headers()
            )

    async def send_raw(
        self,
        value: bytes | None,
        *,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        topic: topics.Topic = topics.POLLS,
    ) -> None:
        await self.producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]  # untyped
            self.prefix + topic.name, value, key=key, headers=list(headers)
        )

    async def send_state(
        self, key: str, state: State | None, topic: topics.Topic = topics.PARTICIPANTS
    ) -> None:
        value = None if state is None else state.model_dump_json().encode()
        await self.send_raw(value, key=key.encode(), topic=topic)

    async def dead_letters(self, at_least: int = 1, seconds: float = 30) -> list[Any]:
        """All letters so far, once there are that many."""
        consumer = AIOKafkaConsumer(
            f"{self.prefix}tested.dead-letter",
            bootstrap_servers=self.bootstrap,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            letters: list[Any] = []
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                found: dict[Any, list[Any]] = await consumer.getmany(timeout_ms=100)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # untyped
                letters += [letter for batch in found.values() for letter in batch]
                if not found and len(letters) >= at_least:
                    break
            return letters
        finally:
            await consumer.stop()
