"""The bounds of what people write about themselves, at their edges, and of what headers carry."""

from typing import Any

import pytest
from pydantic import SecretStr

from availability.settings import Settings
from availability.testing import Availability, assert_problem, bearer

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTROL = ("\x00", "\x07", "\x1b", "\x7f", "\x85")
BREAKS = ("\n", "\r", "\u2028")


async def refused(availability: Availability, body: Any, pointer: str) -> None:
    poll = availability.has_poll()
    answer = await availability.asks_to_join(poll, body)
    errors = assert_problem(answer, 422, "invalid")["errors"]
    assert [error["pointer"] for error in errors] == [pointer]
    assert await availability.stored(poll) == 0


async def test_a_note_of_500_characters_is_taken_and_one_more_is_not(
    availability: Availability,
) -> None:
    await availability.joins(availability.has_poll(), note="é" * 500)
    await refused(availability, {"name": "Ann", "note": "é" * 501}, "/note")


async def test_an_address_of_254_characters_is_taken_and_one_more_is_not(
    availability: Availability,
) -> None:
    longest = "a" * 242 + "@example.org"
    await availability.joins(availability.has_poll(), email=longest)
    await refused(availability, {"name": "Ann", "email": f"a{longest}"}, "/email")


@pytest.mark.parametrize("character", [*CONTROL, *BREAKS])
async def test_control_characters_are_refused(availability: Availability, character: str) -> None:
    text = f"a{character}b"
    await refused(availability, {"name": text}, "/name")
    await refused(availability, {"name": "Ann", "email": f"{text}@example.org"}, "/email")
    if character in CONTROL:
        await refused(availability, {"name": "Ann", "note": text}, "/note")
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    answer = await availability.client.patch(
        ann.path, json={"groups": ["leads", text]}, headers=bearer(poll.organiser)
    )
    assert assert_problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/groups/1"


async def test_fifty_groups_of_fifty_characters_are_taken_and_no_more(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    most = [f"{number:050}" for number in range(50)]
    for groups, status in ((most, 200), ([*most, "x"], 422), (["x" * 51], 422)):
        answer = await availability.client.patch(
            ann.path, json={"groups": groups}, headers=bearer(poll.organiser)
        )
        assert answer.status_code == status


@pytest.mark.parametrize(("length", "status"), [(15, 400), (16, 201), (255, 201), (256, 400)])
async def test_an_idempotency_key_is_16_to_255_characters_long(
    availability: Availability, length: int, status: int
) -> None:
    key = {"Idempotency-Key": "k" * length}
    answer = await availability.asks_to_join(availability.has_poll(), {"name": "Ann"}, key)
    assert answer.status_code == status


@pytest.mark.parametrize("line_break", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("place", ["inside", "at the end"])
async def test_a_line_break_in_a_header_is_refused(
    availability: Availability, line_break: str, place: str
) -> None:
    poll = availability.has_poll()
    end = "X-Injected: yes" if place == "inside" else ""
    injected = {
        "Idempotency-Key": f"sixteen-characters{line_break}{end}",
        "Authorization": f"Bearer {poll.answer[:-1]}{line_break}{end or poll.answer[-1]}",
    }
    for name, value in injected.items():
        answer = await availability.asks_to_join(poll, {"name": "Ann"}, {name: value})
        assert_problem(answer, 400, "bad_header")
        assert "x-injected" not in answer.headers
    assert await availability.stored(poll) == 0


async def test_ten_thousand_people_may_join_unless_set_otherwise(settings: Settings) -> None:
    """What happens at the edge, test_routes.py shows with three."""
    assert settings.max_participants == 3
    default = Settings(
        database_url=SecretStr("postgresql://nowhere"),
        kafka_bootstrap_servers="nowhere:9092",
        service_token=settings.service_token,
        poll_api_url=settings.poll_api_url,
        public_url=settings.public_url,
    )
    assert default.max_participants == 10_000
