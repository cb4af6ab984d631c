"""Others consume the topics with tools of their own, and understand every message."""

import json
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from confluent_kafka import Consumer, Message, TopicPartition
from jsonschema import Draft202012Validator

from commontime_driver import Commontime, Poll, at, eventually, free
from contracts import topics
from separate_processes import SeparateProcesses
from topic_by_hand import TopicByHand

SCHEMAS = Path(__file__).parents[2] / "contracts" / "schemas"
POISON = b"{ this is no fact"


@pytest.fixture
async def poll(separate: SeparateProcesses) -> AsyncGenerator[Poll]:
    """A poll to which everything happened that leads to a message; something unreadable, too."""
    TopicByHand(separate, topics.SCHEDULES).produce_bytes(b"poison", POISON)
    async with Commontime(separate.url, separate.admin_token) as driver:
        poll = await driver.opens_a_poll()
        ann, ben = await driver.joins(poll, "Ann"), await driver.joins(poll, "Ben")
        for person in (ann, ben):
            await driver.submits(person, free(0, 2))
        await driver.withdraws(ben)
        await driver.asks("DELETE", ben.path, None, ben.edit)
        await driver.closes(poll)
        await driver.reopens(poll)
        decided = await driver.finalises(poll, at(0))
        await eventually(
            lambda: driver.sees_event(decided["event_id"], poll.answer),
            lambda event: event is not None,
        )
        await driver.asks("POST", f"{poll.path}/cancel", {}, poll.organiser)
        await driver.creates_an_event()
        yield poll


@pytest.fixture
def consumed(separate: SeparateProcesses) -> Iterator["Consumed"]:
    consumed = Consumed(separate.kafka.bootstrap)
    yield consumed
    consumed.closes()


async def test_every_message_is_a_cloudevent_that_fits_its_schema(
    consumed: "Consumed", poll: Poll
) -> None:
    async def missing() -> list[str]:
        consumed.reads_on()
        return consumed.missing()

    await eventually(missing, lambda places: places == [])
    assert consumed.about(poll)
    refused = consumed.refused()
    for message in consumed.messages:
        if message.value() is not None and place(message) not in refused:
            understand(message)


async def test_facts_of_a_poll_come_in_their_order_and_an_erased_person_leaves_a_tombstone(
    consumed: "Consumed", poll: Poll
) -> None:
    async def types() -> list[str]:
        consumed.reads_on()
        return [event.get_type() for event in consumed.about(poll)]

    def as_they_came(service: str, *names: str) -> list[str]:
        return [f"commontime.{service}.{name}.v1" for name in names]

    polls = as_they_came("poll", "opened", "closed", "reopened", "finalised", "cancelled")
    schedules = [
        *as_they_came("participant", "joined", "joined"),
        *as_they_came("schedule", "submitted", "submitted", "withdrawn"),
        *as_they_came("participant", "erased"),
    ]
    seen = await eventually(types, lambda seen: len(seen) >= len(polls) + len(schedules))
    assert [type_ for type_ in seen if ".poll." in type_] == polls
    assert [type_ for type_ in seen if ".poll." not in type_] == schedules

    data: list[Any] = [event.get_data() for event in consumed.about(poll)]
    erased = {fact["participant_id"] for fact in data if "erased_at" in fact}

    async def tombstones() -> set[str]:
        consumed.reads_on()
        return {text(m.key()) for m in consumed.of(topics.PARTICIPANTS.name) if m.value() is None}

    await eventually(tombstones, lambda seen: erased <= seen)


async def test_the_latest_recommendations_of_a_poll_can_be_read_without_asking_anybody(
    consumed: "Consumed", separate: SeparateProcesses
) -> None:
    async with Commontime(separate.url, separate.admin_token) as driver:
        poll = await driver.opens_a_poll()
        for name in ("Ann", "Ben"):
            await driver.submits(await driver.joins(poll, name), free(0, 2))

        async def latest() -> Any:
            consumed.reads_on()
            topic = topics.RECOMMENDATIONS.name
            events = [understand(m) for m in consumed.of(topic) if m.value() is not None]
            found = [event for event in events if event.get_subject() == str(poll.id)]
            return found[-1].get_data() if found else None

        state = await eventually(latest, lambda state: state and state["answered"] == 2)
        assert state["as_of"] == {"polls": 1, "schedules": 4}
        assert state["version"] == 5
        assert [state["leading"][0][key] for key in ("available", "meets_rules")] == [2, True]
        assert state["finalise"] is None


async def test_what_nobody_understands_lies_in_dead_letters_with_the_reason(
    consumed: "Consumed", poll: Poll
) -> None:
    async def letters() -> dict[str, list[Message]]:
        consumed.reads_on()
        groups = ("recommender", "event-lifecycle")
        return {g: consumed.of(topics.dead_letter(g).name) for g in groups}

    for found in (await eventually(letters, lambda seen: all(seen.values()))).values():
        letter = found[-1]
        assert letter.value() == POISON
        assert letter.key() == b"poison"
        told = headers(letter)
        assert "ce_" in told["dead-letter-reason"]
        assert told["dead-letter-place"].startswith("commontime.schedules/")
        assert told["dead-letter-time"].endswith("+00:00")


class Consumed:
    """Every message of every topic, read from the beginning."""

    def __init__(self, bootstrap: str) -> None:
        self.messages: list[Message] = []
        settings: dict[str, Any] = {
            "bootstrap.servers": bootstrap,
            "group.id": "an-integrator",
            "enable.auto.commit": False,
        }
        self._consumer = Consumer(settings)
        listed = self._consumer.list_topics(timeout=10).topics
        self._consumer.assign(
            [
                TopicPartition(name, partition, 0)
                for name, topic in listed.items()
                if not name.startswith("__")
                for partition in topic.partitions
            ]
        )

    def reads_on(self) -> None:
        """Take what there is."""
        while messages := self._consumer.consume(500, timeout=0.1):
            assert not any(message.error() for message in messages)
            self.messages += messages

    def closes(self) -> None:
        self._consumer.close()

    def of(self, topic: str) -> list[Message]:
        return [message for message in self.messages if message.topic() == topic]

    def refused(self) -> set[str]:
        """The places of messages that a service put into its dead letters."""
        letters = [m for m in self.messages if str(m.topic()).endswith(".dead-letter")]
        return {headers(letter)["dead-letter-place"] for letter in letters} | set(
            map(place, letters)
        )

    def about(self, poll: Poll) -> list[BaseCloudEvent]:
        facts = (topics.POLLS.name, topics.SCHEDULES.name)
        return [understand(m) for name in facts for m in self.of(name) if text(m.key()) == poll.id]

    def missing(self) -> list[str]:
        """Topics in which nothing was read yet, and the places of poison no letter names yet."""
        refused = self.refused()
        return [topic.name for topic in topics.ALL if not self.of(topic.name)] + [
            place(m) for m in self.messages if m.value() == POISON and place(m) not in refused
        ]


def understand(message: Message) -> BaseCloudEvent:
    """The event, once its attributes and its data are found to be as announced."""
    value = message.value()
    assert value is not None
    as_sent = KafkaMessage(
        headers={name: value.encode() for name, value in headers(message).items()},
        key=text(message.key()),
        value=value,
    )
    event = from_binary(as_sent, JSONFormat())
    assert event.get_specversion() == "1.0"
    assert event.get_extension("partitionkey") == text(message.key())
    assert int(str(event.get_extension("sequence"))) >= 1
    happened = event.get_time()
    assert happened is not None
    assert happened.utcoffset() == timedelta(0)
    schema = json.loads((SCHEMAS / f"{event.get_type()}.json").read_text())
    Draft202012Validator.check_schema(schema)
    validator: Any = Draft202012Validator(
        schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    validator.validate(event.get_data())
    return event


def headers(message: Message) -> dict[str, str]:
    return {name: text(value) for name, value in message.headers() or []}


def place(message: Message) -> str:
    return f"{message.topic()}/{message.partition()}@{message.offset()}"


def text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""
