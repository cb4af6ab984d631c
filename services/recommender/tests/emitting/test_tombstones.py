"""Of an erased poll others are told that there is nothing, and nothing after that."""

from typing import Protocol

import pytest

from contracts.recommendations import PollRecommendations
from inbox.testing.owner import TOKEN
from recommender.maintenance import rebuild
from recommender.settings import Settings
from recommender.testing import Others, Poll, Recommender, free

pytestmark = pytest.mark.asyncio(loop_scope="module")

SERVICE = {"Authorization": f"Bearer {TOKEN}"}


class Reader(Protocol):
    tombstones: list[str]

    def of(self, poll: Poll) -> list[PollRecommendations]: ...
    async def until(self, poll: Poll) -> PollRecommendations: ...
    async def until_gone(self, poll: Poll, times: int = 1) -> None: ...


async def test_an_erased_polls_state_is_a_tombstone_whatever_comes_late(
    recommender: Recommender, they: Others, told: Reader
) -> None:
    poll, other = await they.opened(), await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    await told.until(poll)
    await they.erases_poll(poll)
    await told.until_gone(poll)
    before = len(told.of(poll))
    await they.submits(poll, ann, free(3, 5))
    await they.answered(other, None, free(0, 2))
    await told.until(other)
    assert len(told.of(poll)) == before


async def test_who_fills_a_topic_again_gets_the_tombstone(
    recommender: Recommender, they: Others, told: Reader
) -> None:
    poll = await they.opened()
    await told.until(poll)
    await they.erases_poll(poll)
    await told.until_gone(poll)
    path = "/internal/v1/states/commontime.recommendations"
    answer = await recommender.client.get(path, params={"limit": 1000}, headers=SERVICE)
    values = {item["key"]: item["value"] for item in answer.json()["items"]}
    assert str(poll.id) in values
    assert values[str(poll.id)] is None
    body = {"key": str(poll.id)}
    again = await recommender.client.post("/internal/v1/republish", json=body, headers=SERVICE)
    assert again.json() == {"facts": 1}
    await told.until_gone(poll, times=2)


async def test_a_rebuild_tells_it_again(
    recommender: Recommender, they: Others, told: Reader, settings: Settings
) -> None:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 2))
    await told.until(poll)
    await they.erases_poll(poll)
    await told.until_gone(poll)
    before = len(told.of(poll))
    they.poll_api.tells_heads = they.availability.tells_heads = True
    try:
        await rebuild(settings, [])
    finally:
        they.poll_api.tells_heads = they.availability.tells_heads = False
    await told.until_gone(poll, times=2)
    assert len(told.of(poll)) == before
