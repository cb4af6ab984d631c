"""What can never be taken in: one dead letter, its own key parked, everybody else goes on."""

from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from inbox.inbox import NeverApplies
from inbox.sources import Received
from inbox.testing.messages import Topics
from inbox.testing.owner import Owner, envelope_of
from inbox.testing.service import Services

# The broker takes 1,048,588 bytes with everything around the value.
ALMOST_TOO_LARGE = 1_048_400


def headers_with(**changes: Any) -> list[tuple[str, bytes]]:
    return replace(envelope_of(str(uuid4()), 1), **changes).headers()


@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param({"data": b"\x00not json"}, id="not JSON"),
        pytest.param({"data": b"[" * 100_000}, id="deeply nested"),
        pytest.param({"data": b"{}"}, id="fields missing"),
        pytest.param({"type": "commontime.poll.closed.v9"}, id="future version"),
    ],
)
async def test_an_unreadable_fact_parks_its_key_and_no_other(
    services: Services, topic: Topics, key: str, spoiled: dict[str, Any]
) -> None:
    other = str(uuid4())
    bad = replace(envelope_of(key, 2), **spoiled)
    async with services.run() as service:
        await topic.send(envelope_of(key, 1), bad, envelope_of(key, 3), envelope_of(other, 1))
        await service.applied(other, 1)
        await service.counted("held_back_total", 1)
        await service.counted("parked_keys", 1)
        assert await service.effects(key) == [1]
        assert await service.rows("select key, sequence from parked") == [(key, 2)]
        (letter,) = await topic.dead_letters()
        assert letter.value == bad.data
        headers = dict(letter.headers)
        assert headers["ce_id"].decode() == bad.id
        assert headers["dead-letter-reason"]
        assert headers["dead-letter-time"]
        assert f"{topic.prefix}commontime.polls/" in headers["dead-letter-place"].decode()


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        pytest.param(b"hello", [], id="no envelope"),
        pytest.param(None, headers_with(), id="no value"),
        pytest.param(b"{}", [("ce_type", b"\xff\xfe")], id="a header that is no text"),
        pytest.param(b"{}", [("ce_type", None)], id="a header that is null"),
        pytest.param(b"{}", headers_with(key="a\0b"), id="a key with a NUL"),
        pytest.param(b"{}", headers_with(key="k" * 3000), id="an endless key"),
        pytest.param(b"{}", headers_with(sequence=2**70), id="an endless sequence"),
    ],
)
async def test_a_message_without_a_usable_envelope_goes_to_the_dead_letters(
    services: Services,
    topic: Topics,
    key: str,
    value: bytes | None,
    headers: list[tuple[str, bytes | None]],
) -> None:
    async with services.run() as service:
        await topic.send_raw(value, key=b"", headers=headers)
        await topic.send(envelope_of(key, 1))
        await service.applied(key, 1)
        (letter,) = await topic.dead_letters()
        assert letter.value == value
        assert await service.rows("select * from parked") == []


async def test_a_message_too_large_for_a_letter_is_named_by_its_place(
    services: Services, topic: Topics, key: str
) -> None:
    async with services.run() as service:
        await topic.send_raw(b"x" * ALMOST_TOO_LARGE)
        await topic.send(envelope_of(key, 1))
        await service.applied(key, 1)
        (letter,) = await topic.dead_letters()
        assert letter.value is None
        assert b"commontime.polls/" in dict(letter.headers)["dead-letter-place"]


async def test_letters_that_were_too_large_keep_nobody_waiting(
    services: Services, topic: Topics, key: str
) -> None:
    async with services.run() as service:
        for value in (b"hello", *[b"x" * ALMOST_TOO_LARGE] * 2, b"hello"):
            await topic.send_raw(value)
        await topic.send(envelope_of(key, 1))
        await service.applied(key, 1)
        letters = await topic.dead_letters(4)
        assert Counter(letter.value for letter in letters) == {b"hello": 2, None: 2}


async def test_a_fact_without_a_kafka_key_is_taken_by_its_envelope(
    services: Services, topic: Topics, key: str
) -> None:
    fact = envelope_of(key, 1)
    async with services.run() as service:
        await topic.send_raw(fact.data, headers=fact.headers())
        await service.applied(key, 1)


@pytest.mark.parametrize(
    "error",
    [NeverApplies("it makes no sense"), ValueError("a bug"), psycopg.errors.CheckViolation()],
    ids=["refused", "a bug", "a violated check"],
)
async def test_a_fact_that_cannot_be_applied_parks_its_key_and_no_other(
    services: Services, topic: Topics, key: str, error: Exception
) -> None:
    others = [str(uuid4()) for _ in range(9)]

    def trouble(fact: Received) -> Exception | None:
        return error if (fact.key, fact.sequence) == (key, 2) else None

    facts = [envelope_of(k, n) for n in (1, 2, 3) for k in (*others[:5], key, *others[5:])]
    async with services.run(trouble=trouble) as service:
        await topic.send(*facts)
        for other in others:
            await service.applied(other, 3)
        await service.counted("held_back_total", 1)
        await service.counted("parked_keys", 1)
        assert await service.effects(key) == [1]
        (letter,) = await topic.dead_letters()
        assert dict(letter.headers)["ce_sequence"] == b"2"
        ((_, reason),) = await service.rows("select key, reason from parked")
        assert "bug" not in reason


async def test_a_parked_key_heals_without_loss_once_the_program_can_take_it(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    broken = True

    def trouble(fact: Received) -> Exception | None:
        return NeverApplies("not yet") if broken and fact.sequence == 2 else None

    async with services.run(trouble=trouble) as service:
        await topic.send(*owner.decide(key, 1, 2, 3, 4))
        await service.counted("parked_keys", 1)
        await service.inbox.reconcile()
        assert await service.effects(key) == [1]
        assert await service.rows("select sequence, attempts from parked") == [(2, 2)]
        broken = False
        await service.inbox.reconcile()
        assert await service.effects(key) == [1, 2, 3, 4]
        assert await service.rows("select * from parked") == []
        assert service.metric("parked_keys") == 0
        assert len(await topic.dead_letters()) == 1
        await topic.send(*owner.decide(key, 5))
        await service.applied(key, 5)


async def test_a_fact_damaged_on_the_way_heals_from_its_owner(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    (fact,) = owner.decide(key, 1)
    async with services.run() as service:
        await topic.send(replace(fact, data=b"garbage"))
        await service.counted("parked_keys", 1)
        await service.inbox.reconcile()
        assert await service.effects(key) == [1]


async def test_a_key_whose_owner_lost_facts_is_parked_and_the_others_go_on(
    services: Services, topic: Topics, owner: Owner, key: str
) -> None:
    other = str(uuid4())
    owner.decide(key, 1)
    async with services.run() as service:
        await topic.send(envelope_of(key, 3), envelope_of(other, 1))
        await service.applied(other, 1)
        await service.applied(key, 1)
        await service.counted("parked_keys", 1)
        owner.decide(key, 2, 3)
        await service.inbox.reconcile()
        assert await service.effects(key) == [1, 2, 3]
        assert len(await topic.dead_letters()) == 1
