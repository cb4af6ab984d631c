"""Accounts: those that own a poll, those that are invited to it, and all the others."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from httpx import Response

from contracts.polls import Visibility
from inbox.testing.service import until
from recommender.settings import Settings
from recommender.testing import Others, Poll, Recommender, free, hour, issuer

pytestmark = pytest.mark.asyncio(loop_scope="module")

Asks = Callable[[Recommender, Poll, str], Awaitable[Response]]
ROUTES: dict[str, Asks] = {
    "recommendations": lambda service, poll, token: service.asked(poll, token),
    "what-if": lambda service, poll, token: service.supposing(poll, {}, token),
    "changes": lambda service, poll, token: service.client.get(
        f"/api/v1/polls/{poll.id}/recommendations/changes",
        params={"start": hour(0)},
        headers={"Authorization": f"Bearer {token}", **poll.up_to_date},
    ),
    "heatmap": lambda service, poll, token: service.heatmap(poll, token),
    "timeline": lambda service, poll, token: service.timeline(poll, token),
}


async def test_the_account_that_owns_a_poll_sees_what_its_organiser_sees(
    recommender: Recommender, they: Others
) -> None:
    owner = uuid4()
    hidden = Visibility(names="organiser", results="organiser")
    poll = await they.opened(owner=owner, visibility=hidden)
    ann = await they.answered(poll, "Ann", free(0, 2))

    async def named() -> bool:
        answer = await recommender.asked(poll, issuer().token(owner))
        return answer.json()["people"] == {str(ann.id): {"name": "Ann"}}

    await until(named)
    assert (await recommender.asked(poll, poll.answer)).status_code == 403


async def test_invited_accounts_see_what_the_answer_link_would_show(
    recommender: Recommender, they: Others
) -> None:
    guest = uuid4()
    poll = await they.opened(access="invited", invited=(guest,))
    ann = await they.answered(poll, None, free(0, 2))
    for token in (issuer().token(guest), ann.token, poll.organiser):
        assert (await recommender.asked(poll, token)).status_code == 200
    assert (await recommender.asked(poll, issuer().token(uuid4()))).status_code == 404


@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_the_answer_link_of_an_invited_poll_opens_nothing_and_says_what_would(
    recommender: Recommender, they: Others, route: str
) -> None:
    poll = await they.opened(access="invited")
    answer = await ROUTES[route](recommender, poll, poll.answer)
    assert (answer.status_code, answer.json()["needs"]) == (403, ["account"])


@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_to_another_account_a_poll_does_not_exist(
    recommender: Recommender, they: Others, route: str
) -> None:
    poll = await they.opened(owner=uuid4(), access="invited", invited=(uuid4(),))
    answer = await ROUTES[route](recommender, poll, issuer().token(uuid4()))
    unknown = await ROUTES[route](recommender, Poll(), issuer().token(uuid4()))
    assert answer.status_code == unknown.status_code == 404
    assert {**answer.json(), "instance": ""} == {**unknown.json(), "instance": ""}


async def test_for_an_account_nothing_is_read_of_a_poll_that_is_at_hand(
    recommender: Recommender, they: Others, settings: Settings
) -> None:
    owner, guest = uuid4(), uuid4()
    poll = await they.opened(owner=owner, access="invited", invited=(guest,))
    await they.answered(poll, None, free(0, 2))
    await recommender.asked(poll, people="counts")
    with psycopg.connect(settings.database_url.get_secret_value()) as conn:
        # Whoever reads any of these waits until it is too late.
        conn.execute("lock table known_polls, seen, edit_links, standings in access exclusive mode")
        async with asyncio.timeout(30):
            for account, status in ((owner, 200), (guest, 200), (uuid4(), 404)):
                token = issuer().token(account)
                answer = await recommender.client.get(
                    f"/api/v1/polls/{poll.id}/recommendations",
                    params={"people": "counts"},
                    headers={"Authorization": f"Bearer {token}"},
                )
                assert answer.status_code == status


async def test_an_answer_that_is_remembered_is_not_given_for_an_expired_token(
    recommender: Recommender, they: Others
) -> None:
    owner = uuid4()
    poll = await they.opened(owner=owner)
    token = issuer().token(owner, timedelta(seconds=2))
    first = await recommender.asked(poll, token)
    assert first.status_code == 200

    async def refused() -> bool:
        etag = {"If-None-Match": first.headers["etag"]}
        return (await recommender.asked(poll, token, etag)).status_code == 401

    await until(refused)
    assert (await recommender.asked(poll, token)).json()["code"] == "unauthenticated"


async def test_a_poll_that_is_handed_over_is_its_former_owners_no_more(
    recommender: Recommender, they: Others
) -> None:
    former, new = uuid4(), uuid4()
    poll = await they.opened(owner=former)
    assert (await recommender.asked(poll, issuer().token(former))).status_code == 200
    await they.hands_over(poll, new)
    assert (await recommender.asked(poll, issuer().token(former))).status_code == 404
    assert (await recommender.asked(poll, issuer().token(new))).status_code == 200
    await they.hands_over(poll, None)
    assert (await recommender.asked(poll, issuer().token(new))).status_code == 404
    assert (await recommender.asked(poll, poll.organiser)).status_code == 200


async def test_how_far_a_poll_has_come_is_told_to_those_alone_who_may_look(
    recommender: Recommender, they: Others
) -> None:
    poll, unknown = await they.opened(), Poll()
    ahead = {"Commontime-Min-Sequence": "polls=9"}
    told = await recommender.asked(poll, poll.answer, ahead)
    assert told.status_code == 503
    stranger = issuer().token(uuid4())
    for asked in (poll, unknown):
        answer = await recommender.asked(asked, stranger, ahead)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
