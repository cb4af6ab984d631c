import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from contracts import topics
from contracts.envelope import Envelope, NotAnEnvelope

FACT = Envelope(
    id="0198f0a0-0000-7000-8000-000000000001",
    source="/commontime/poll-api",
    type="commontime.poll.closed.v1",
    subject="poll-1",
    time=datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC),
    sequence=7,
    key="poll-key",
    data=b'{"reason":"manual"}',
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


def test_kafka_headers_are_read_back_as_they_were_written() -> None:
    assert Envelope.from_kafka(FACT.data, FACT.headers()) == FACT


def test_structured_json_is_read_back_as_it_was_written() -> None:
    assert Envelope.from_json(json.loads(json.dumps(FACT.to_json()))) == FACT


def test_a_fact_without_a_trace_stays_without() -> None:
    bare = replace(FACT, traceparent=None)
    assert Envelope.from_kafka(bare.data, bare.headers()) == bare
    assert Envelope.from_json(bare.to_json()) == bare


def test_the_cloudevents_package_understands_the_kafka_message() -> None:
    message = KafkaMessage(headers=dict(FACT.headers()), key=FACT.key, value=FACT.data)
    event = from_binary(message, JSONFormat())
    assert event.get_id() == FACT.id
    assert event.get_type() == FACT.type
    assert event.get_subject() == FACT.subject
    assert event.get_time() == FACT.time
    assert event.get_extension("sequence") == "7"
    assert event.get_extension("partitionkey") == FACT.key
    assert event.get_data() == {"reason": "manual"}


def test_the_cloudevents_package_understands_the_structured_form() -> None:
    event = JSONFormat().read(CloudEvent, json.dumps(FACT.to_json()))
    assert event.get_type() == FACT.type
    assert event.get_data() == {"reason": "manual"}


@pytest.mark.parametrize("missing", ["ce_id", "ce_type", "ce_sequence", "ce_partitionkey"])
def test_a_message_that_lacks_a_header_is_not_an_envelope(missing: str) -> None:
    headers = [pair for pair in FACT.headers() if pair[0] != missing]
    with pytest.raises(NotAnEnvelope, match=missing):
        Envelope.from_kafka(FACT.data, headers)


def test_a_tombstone_is_not_an_envelope() -> None:
    with pytest.raises(NotAnEnvelope):
        Envelope.from_kafka(None, FACT.headers())


@pytest.mark.parametrize("broken", [{}, {**FACT.to_json(), "sequence": "x"}])
def test_json_that_is_no_event_is_not_an_envelope(broken: dict[str, object]) -> None:
    with pytest.raises(NotAnEnvelope):
        Envelope.from_json(broken)


def test_every_topic_has_its_own_name_and_says_how_it_forgets() -> None:
    assert len({topic.name for topic in topics.ALL}) == len(topics.ALL)
    assert all(dict(topic.config).get("cleanup.policy") for topic in topics.ALL)
    compacted = [topic for topic in topics.ALL if topic.compacted]
    assert compacted == [topics.PARTICIPANTS, topics.RECOMMENDATIONS]
