"""`Idempotency-Key`: one request, one effect, the same answer."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from chassis.access import mint
from poll_api.settings import Settings
from poll_api.testing import END, START, PollApi, bearer, iso, proposal, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


async def opens(api: PollApi, headers: dict[str, str], **members: Any) -> Response:
    return await api.client.post("/api/v1/polls", json=proposal(**members), headers=headers)


def polls_titled(api: PollApi, title: str) -> int:
    return sum(title in str(row) for row in api.stored() if row[0] == "poll")


async def test_opening_again_shows_the_same_capabilities(poll_api: PollApi) -> None:
    headers, title = key(), str(uuid4())
    first = await opens(poll_api, headers, title=title)
    again = await opens(poll_api, headers, title=title)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    for name in ("Location", "ETag", "Commontime-Sequence", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    assert polls_titled(poll_api, title) == 1


async def test_no_capability_is_kept_in_the_clear(poll_api: PollApi) -> None:
    headers = key()
    capabilities = (await opens(poll_api, headers)).json()["capabilities"]
    async with poll_api.service.pool.connection() as connection:
        cursor = await connection.execute("select i::text, body_sealed from idempotency i")
        kept = [(text.encode(), bytes(sealed)) for text, sealed in await cursor.fetchall()]
    secrets = [secret.encode() for secret in (*capabilities.values(), *headers.values())]
    assert kept
    assert not any(secret in part for secret in secrets for row in kept for part in row)


async def test_a_key_stands_for_one_body(poll_api: PollApi) -> None:
    headers = key()
    await opens(poll_api, headers)
    before = poll_api.stored()
    answer = await opens(poll_api, headers, title="Another")
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"
    assert poll_api.stored() == before


async def test_keys_of_different_credentials_are_different(poll_api: PollApi) -> None:
    headers, title = key(), str(uuid4())
    await opens(poll_api, {**headers, **bearer(mint("organiser"))}, title=title)
    await opens(poll_api, {**headers, **bearer(mint("organiser"))}, title=title)
    assert polls_titled(poll_api, title) == 2


@pytest.mark.parametrize("bad", ["short", "x" * 256, "with spaces in between"])
async def test_a_key_has_a_form(poll_api: PollApi, bad: str) -> None:
    answer = await opens(poll_api, {"Idempotency-Key": bad})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_header"


async def test_a_refusal_is_not_kept(poll_api: PollApi) -> None:
    headers = key()
    poll = await poll_api.opens()
    refused = await poll_api.does(poll, "finalise", {"start": iso(END)}, headers)
    assert refused.status_code == 422
    accepted = await poll_api.does(poll, "finalise", {"start": iso(START)}, headers)
    assert accepted.status_code == 200


async def test_what_was_accepted_is_answered_after_its_time_has_passed(
    settings: Settings,
) -> None:
    times = iter([datetime.now(UTC)])
    late = START - timedelta(minutes=1)
    async with running(settings, lambda: next(times, late)) as api:
        headers, soon = key(), iso(START - timedelta(hours=1))
        first = await opens(api, headers, deadline=soon)
        assert (await opens(api, key(), deadline=soon)).status_code == 422
        assert (await opens(api, headers, deadline=soon)).content == first.content


@pytest.mark.parametrize("verb", ["close", "reopen", "finalise", "cancel"])
async def test_every_command_can_be_repeated(poll_api: PollApi, verb: str) -> None:
    poll, headers = await poll_api.opens(), key()
    body = {"start": iso(START)} if verb == "finalise" else None
    first = await poll_api.does(poll, verb, body, headers)
    await poll_api.revises(poll, {"title": "Meanwhile"})
    after = poll_api.stored(poll)
    again = await poll_api.does(poll, verb, body, headers)
    assert again.status_code == first.status_code == 200
    assert again.content == first.content
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert poll_api.stored(poll) == after


async def test_of_two_at_once_one_takes_effect(poll_api: PollApi) -> None:
    headers, title = key(), str(uuid4())
    answers = await asyncio.gather(*(opens(poll_api, headers, title=title) for _ in range(5)))
    opened = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert len(opened) + len(waiting) == 5
    assert len({answer.content for answer in opened}) == 1
    assert {answer.json()["code"] for answer in waiting} <= {"idempotency_in_flight"}
    assert polls_titled(poll_api, title) == 1


async def test_of_two_at_once_in_two_replicas_one_takes_effect(
    poll_api: PollApi, settings: Settings
) -> None:
    other_settings = settings.model_copy(update={"instance_id": "two"})
    async with running(other_settings) as other:
        for _ in range(10):
            headers, title = key(), str(uuid4())
            first, second = await asyncio.gather(
                opens(poll_api, headers, title=title), opens(other, headers, title=title)
            )
            assert first.status_code == second.status_code == 201
            assert first.content == second.content
            assert polls_titled(poll_api, title) == 1
