"""What we replaced in FastStream and aiokafka: whoever takes a new version must look at it."""

import inspect
import time
from hashlib import sha256
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.group_coordinator import GroupCoordinator
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber

from inbox.offsets import Offsets
from inbox.subscriber import PromptSubscriber, subscribe
from inbox.testing.messages import Topics


def fingerprint(function: Any) -> str:
    return sha256(inspect.getsource(function).encode()).hexdigest()[:16]


def test_the_methods_that_ours_replace_are_the_ones_we_know() -> None:
    batch_subscriber: Any = BatchSubscriber  # its types are partly unknown
    assert fingerprint(batch_subscriber.get_msg) == "0efea2c3c73db62b"
    assert fingerprint(GroupCoordinator._maybe_leave_group) == "016cd88a16e6c4b5"  # pyright: ignore[reportPrivateUsage]  # we steer it
    assert fingerprint(KafkaAckableMessage.nack) == "e438f48d8f819ece"
    assert fingerprint(KafkaAckableMessage.ack) == "778ee2f97cc72854"


async def test_an_empty_poll_is_not_followed_by_a_sleep(topic: Topics) -> None:
    async def receive(_: object) -> None: ...

    subscriber = subscribe(
        KafkaBroker(),
        ["t"],
        group="g",
        instance_id="i",
        receive=receive,
        offsets=Offsets(),
    )
    assert isinstance(subscriber, PromptSubscriber)
    consumer = AIOKafkaConsumer(
        f"{topic.prefix}commontime.polls", bootstrap_servers=topic.bootstrap
    )
    await consumer.start()
    began = time.monotonic()
    assert await subscriber.get_msg(consumer) == ()
    assert time.monotonic() - began < 2  # a second of waiting, and none of sleeping
    await consumer.stop()
