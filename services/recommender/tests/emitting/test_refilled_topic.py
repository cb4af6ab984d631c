"""A topic that lost everything gets everything again, with nothing done by hand."""

from typing import Protocol

import pytest

from contracts.recommendations import PollRecommendations
from recommender.settings import Settings
from recommender.testing import Others, Poll, free, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Reader(Protocol):
    prefix: str

    async def until(self, poll: Poll) -> PollRecommendations: ...


async def test_a_topic_that_was_emptied_is_filled_when_a_relay_starts(
    settings: Settings, they: Others, told: Reader, told_elsewhere: Reader
) -> None:
    poll = await they.opened()
    await they.answered(poll, None, free(0, 2))
    async with opened(settings):
        state = await told.until(poll)
    # To the relay, other topics are its own, of which nothing is left.
    emptied = settings.model_copy(update={"kafka_topic_prefix": told_elsewhere.prefix})
    async with opened(emptied):
        assert await told_elsewhere.until(poll) == state
