"""What every service has, as it is put together here; and facts on their way to Kafka."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from openapi_spec_validator import validate

from contracts.envelope import Envelope
from contracts.polls import PollClosed
from contracts.registry import parse
from contracts.topics import POLLS
from inbox.testing.owner import TOKEN
from poll_api.settings import Settings
from poll_api.testing import PollApi, bearer, iso, proposal

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_facts_reach_kafka_as_cloud_events(poll_api: PollApi, settings: Settings) -> None:
    poll = await poll_api.opens(deadline=iso(datetime.now(UTC) + timedelta(seconds=1)))
    opened, closed = await published(settings, str(poll.id), count=2)
    assert (opened.sequence, opened.source) == (1, "/commontime/poll-api")
    assert parse(opened.type, opened.data).model_dump()["poll_id"] == poll.id
    by_deadline = parse(closed.type, closed.data)
    assert isinstance(by_deadline, PollClosed)
    assert (closed.sequence, by_deadline.reason) == (2, "deadline")


async def published(settings: Settings, key: str, count: int) -> list[Envelope]:
    """The first messages of a key."""
    consumer: Any = AIOKafkaConsumer(
        settings.kafka_topic_prefix + POLLS.name,
        bootstrap_servers=settings.kafka_bootstrap_servers,
        auto_offset_reset="earliest",
        metadata_max_age_ms=200,  # the relay may make the topic a moment later
    )
    await consumer.start()
    found: list[Envelope] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < count:
                message = await consumer.getone()
                if message.key == key.encode():
                    found.append(Envelope.from_kafka(message.value, message.headers))
    finally:
        await consumer.stop()
    return found


async def test_other_services_read_facts_with_the_service_token(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    path = f"/internal/v1/keys/{poll.id}/facts"
    answer = await poll_api.client.get(path, headers=bearer(TOKEN))
    assert answer.json()["head"] == 1
    assert answer.json()["items"][0]["type"] == "commontime.poll.opened.v1"
    hidden = await poll_api.client.get(path, headers=poll.organiser)
    assert hidden.status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/problems/poll_closed"])
async def test_operators_and_readers_of_problems_are_answered(poll_api: PollApi, path: str) -> None:
    assert (await poll_api.client.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("PATCH", "/api/v1/polls", 405, "method_not_allowed"),
        ("PUT", "/api/v1/polls/019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_offered_is_a_problem_too(
    poll_api: PollApi, method: str, path: str, status: int, code: str
) -> None:
    answer = await poll_api.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["instance"] == path


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b"{", "application/json", 400, "not_json"),
        (b"[" * 40 + b"]" * 40, "application/json", 400, "not_json"),
        (b"title=Planning", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (json.dumps(proposal(title="x" * 2**21)).encode(), "application/json", 413, "too_large"),
        (b"null", "application/json", 422, "invalid"),
        (b"[]", "application/json", 422, "invalid"),
        (b'{"title": "a\\u0000b"}', "application/json", 422, "invalid"),
    ],
)
async def test_a_body_that_cannot_be_read_stores_nothing(
    poll_api: PollApi, content: bytes, media_type: str, status: int, code: str
) -> None:
    before = poll_api.stored()
    answer = await poll_api.client.post(
        "/api/v1/polls", content=content, headers={"Content-Type": media_type}
    )
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert poll_api.stored() == before


async def test_the_description_is_valid_and_whole(poll_api: PollApi) -> None:
    document = (await poll_api.client.get("/openapi.json")).json()
    validate(document)
    operations: list[dict[str, Any]] = [
        operation for path in document["paths"].values() for operation in path.values()
    ]
    assert {operation["operationId"] for operation in operations} >= {
        "open_poll",
        "list_polls",
        "get_poll",
        "revise_poll",
        "close_poll",
        "reopen_poll",
        "finalise_poll",
        "cancel_poll",
        "get_poll_history",
        "erase_poll",
        "rotate_poll_link",
        "claim_poll",
        "transfer_poll",
    }
    for operation in operations:
        assert operation["summary"]
        problems = [answer for status, answer in operation["responses"].items() if status > "399"]
        assert all(list(answer["content"]) == ["application/problem+json"] for answer in problems)


async def test_every_body_of_the_description_has_an_example(poll_api: PollApi) -> None:
    document = (await poll_api.client.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    bodies = ("Proposal", "ProposalPatch", "FinaliseBody", "RotateBody", "ClaimBody")
    answers = ("PollAnswer", "OpenedPollAnswer", "RotatedLink", "PollPage", "HistoryPage")
    assert all(schemas[name]["examples"] for name in (*bodies, *answers))
