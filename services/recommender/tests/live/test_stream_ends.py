"""A stream lasts as long as the credential opens the poll, and shows what it may show now."""

from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest

from chassis.live.testing import Watching
from contracts.polls import Visibility
from recommender.live.testing import Served, path_of
from recommender.testing import Others, free, issuer

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON_S = 5
"""Far less than the stream would go on for."""


async def ends_soon(watching: Watching) -> bool:
    begun = monotonic()
    return await watching.ended() and monotonic() - begun < SOON_S


async def test_an_account_watches_until_its_token_expires_and_comes_again_with_a_new_one(
    served: Served, they: Others
) -> None:
    owner = uuid4()
    poll = await they.opened(owner=owner)
    token = issuer().token(owner, timedelta(seconds=2))
    async with served.watching(poll, token) as watching:
        last = (await watching.events(3))[-1].id
        assert await ends_soon(watching)
    async with served.watching(poll, issuer().token(owner), last=last) as watching:
        await they.joined(poll)
        assert (await watching.event()).name == "participants"
    assert await served.has_no_viewers()


async def test_whoever_loses_a_poll_watches_it_no_longer(served: Served, they: Others) -> None:
    owner = uuid4()
    poll = await they.opened(owner=owner)
    async with (
        served.watching(poll, issuer().token(owner)) as owners,
        served.watching(poll) as organisers,
    ):
        await owners.events(3)
        await organisers.events(3)
        await they.hands_over(poll, None)
        assert await ends_soon(owners)
        assert (await organisers.event()).name == "poll"


async def test_whoever_is_no_longer_invited_watches_no_longer(served: Served, they: Others) -> None:
    stays, goes = uuid4(), uuid4()
    poll = await they.opened(access="invited", invited=(stays, goes))
    async with (
        served.watching(poll, issuer().token(stays)) as who_stays,
        served.watching(poll, issuer().token(goes)) as who_goes,
    ):
        await who_stays.events(3)
        await who_goes.events(3)
        await they.revises(poll, access="invited", invited=(stays,))
        assert await ends_soon(who_goes)
        assert (await who_stays.event()).name == "poll"


async def test_the_answer_link_watches_no_longer_once_a_poll_is_for_invited_accounts(
    served: Served, they: Others
) -> None:
    poll = await they.opened()
    async with served.watching(poll, poll.answer) as watching:
        await watching.events(3)
        await they.revises(poll, access="invited")
        assert await ends_soon(watching)
    headers = {"Authorization": f"Bearer {poll.answer}", **poll.up_to_date}
    refused = await served.client.get(path_of(poll), headers=headers)
    assert (refused.status_code, refused.json()["needs"]) == (403, ["account"])


@pytest.mark.parametrize("which", ["organiser", "answer"])
async def test_a_rotated_link_watches_no_longer(served: Served, they: Others, which: Any) -> None:
    poll = await they.opened()
    ann = await they.joined(poll)
    async with (
        served.watching(poll, getattr(poll, which)) as old,
        served.watching(poll, ann.token) as anns,
    ):
        await old.events(3)
        await anns.events(3)
        await they.rotates(poll, which)
        assert await ends_soon(old)
        assert (await anns.event()).name == "poll"
    async with served.watching(poll, getattr(poll, which)) as new:
        assert len(await new.events(3)) == 3


async def test_a_rotated_edit_link_watches_no_longer(served: Served, they: Others) -> None:
    poll = await they.opened()
    ann, ben = await they.joined(poll), await they.joined(poll)
    async with (
        served.watching(poll, ann.token) as old,
        served.watching(poll, ben.token) as bens,
    ):
        await old.events(3)
        await bens.events(3)
        await they.rotates_link_of(poll, ann)
        assert await ends_soon(old)
        assert (await bens.event()).name == "recommendations"
    async with served.watching(poll, ann.token) as new:
        assert len(await new.events(3)) == 3


async def test_results_that_are_hidden_meanwhile_are_told_no_more(
    served: Served, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    async with served.watching(poll, ann.token) as anns, served.watching(poll) as organisers:
        await anns.events(3)
        await organisers.events(3)
        await they.revises(poll, visibility=Visibility(results="organiser"))
        await they.submits(poll, ann, free(2, 5))
        await they.joined(poll)
        told = [await anns.event()]
        while told[-1].name != "participants":
            told.append(await anns.event())
        assert {event.name for event in told} == {"poll", "participants"}
        await they.revises(poll, visibility=Visibility(results="everyone"))
        names = [event.name for event in await anns.events(2)]
        assert names == ["poll", "recommendations"]
