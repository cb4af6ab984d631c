"""Accounts see and manage the events of their polls, and a link that was replaced sees nothing."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from chassis.access import hash_of, mint
from chassis.testing import TokenIssuer
from contracts.schedules import ParticipantJoined, ParticipantLinkRotated, ScheduleFact
from event_lifecycle.known_polls import keep_links
from event_lifecycle.live.testing import serving, told_of
from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import EVENTS, HOUR, NOW, START, Poll, bearer
from event_lifecycle.testing.running import AS_ADMIN, Running, run
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")

ISSUER = TokenIssuer()
OWNER, GUEST, STRANGER = uuid4(), uuid4(), uuid4()


def signed_in(account: UUID, lives: timedelta = timedelta(minutes=5)) -> dict[str, str]:
    return bearer(ISSUER.token(account, lives))


@pytest.fixture
def signing(running: Running) -> Running:
    running.app.state.access_tokens = ISSUER.access_tokens
    return running


async def arrived(running: Running, poll: Poll) -> None:
    """Everything that was decided is known here."""
    answer = await running.client.get(
        EVENTS,
        params={"poll_id": str(poll.id)},
        headers={**AS_ADMIN, "commontime-min-sequence": f"polls={poll.sequence}"},
    )
    assert answer.status_code == 200, answer.text


async def sees(running: Running, poll: Poll, headers: dict[str, str]) -> tuple[int, bool]:
    """What its path answers, and whether the list of all events has it."""
    one = await running.client.get(str(poll), headers=headers)
    page = (await running.client.get(EVENTS, headers=headers)).json()
    return one.status_code, str(poll.event_id) in {event["id"] for event in page["items"]}


async def test_an_owner_sees_and_completes_the_event_of_their_poll(
    signing: Running, owner: Owner
) -> None:
    poll = Poll(owner, account=OWNER)
    poll.finalised()
    await arrived(signing, poll)
    assert await sees(signing, poll, signed_in(OWNER)) == (200, True)
    assert await sees(signing, poll, signed_in(STRANGER)) == (404, False)
    done = await signing.client.post(f"{poll}/complete", headers=signed_in(OWNER))
    assert done.json()["status"] == "completed"


async def test_who_hands_a_poll_over_sees_its_event_no_more(signing: Running, owner: Owner) -> None:
    poll = Poll(owner, account=OWNER)
    poll.finalised()
    poll.handed_to(STRANGER)
    await arrived(signing, poll)
    assert await sees(signing, poll, signed_in(OWNER)) == (404, False)
    assert await sees(signing, poll, signed_in(STRANGER)) == (200, True)
    poll.handed_to(None)
    await arrived(signing, poll)
    assert await sees(signing, poll, signed_in(STRANGER)) == (404, False)
    assert await sees(signing, poll, {}) == (404, False)


async def test_the_event_of_an_invited_poll_is_for_its_guests_and_the_answer_link_is_not_enough(
    signing: Running, owner: Owner
) -> None:
    poll = Poll(owner, "invited", account=OWNER, invited=[GUEST])
    poll.finalised()
    await arrived(signing, poll)
    assert await sees(signing, poll, signed_in(GUEST)) == (200, True)
    assert await sees(signing, poll, bearer(poll.organiser)) == (200, True)
    assert await sees(signing, poll, bearer(poll.answer)) == (403, False)
    assert await sees(signing, poll, signed_in(STRANGER)) == (404, False)
    refused = await signing.client.post(f"{poll}/complete", headers=signed_in(GUEST))
    assert refused.status_code == 403


async def test_a_list_of_guests_counts_for_an_invited_poll_only(
    signing: Running, owner: Owner
) -> None:
    poll = Poll(owner, "link", invited=[GUEST])
    poll.finalised()
    await arrived(signing, poll)
    assert await sees(signing, poll, signed_in(GUEST)) == (404, False)


@pytest.mark.parametrize("which", ["organiser", "answer"])
async def test_a_link_that_was_replaced_sees_no_event(
    signing: Running, owner: Owner, which: str
) -> None:
    poll = Poll(owner)
    poll.finalised()
    new = poll.rotated("organiser" if which == "organiser" else "answer")
    await arrived(signing, poll)
    old = poll.organiser if which == "organiser" else poll.answer
    assert await sees(signing, poll, bearer(old)) == (404, False)
    assert await sees(signing, poll, bearer(new)) == (200, True)


async def test_an_edit_link_that_was_replaced_sees_no_event(signing: Running, owner: Owner) -> None:
    poll, new = Poll(owner), mint("edit")
    poll.finalised()
    await arrived(signing, poll)
    about = {"poll_id": poll.id, "participant_id": poll.participant, "polls_sequence": 1}
    facts: list[ScheduleFact] = [
        ParticipantJoined.model_validate(
            {**about, "edit_hash": hash_of(poll.edit), "joined_at": NOW}
        ),
        ParticipantLinkRotated.model_validate(
            {**about, "edit_hash": hash_of(new), "rotated_at": NOW}
        ),
    ]
    async with signing.service.pool.connection() as connection:
        await keep_links(connection, facts)
    assert await sees(signing, poll, bearer(poll.edit)) == (404, False)
    assert await sees(signing, poll, bearer(new)) == (200, True)


async def test_only_accounts_create_and_see_events_of_no_poll_where_the_instance_says_so(
    settings_with: Callable[..., Settings],
) -> None:
    async with run(settings_with(event_access="accounts")) as running:
        running.app.state.access_tokens = ISSUER.access_tokens
        body = {"title": "Release", "starts_at": START.isoformat()}
        nobody = await running.client.post(EVENTS, json=body)
        assert nobody.status_code == 401
        weak = await running.client.post(EVENTS, json=body, headers=bearer(mint("answer")))
        assert (weak.status_code, weak.json()["needs"]) == (403, ["account", "admin"])
        made = await running.client.post(EVENTS, json=body, headers=signed_in(STRANGER))
        assert made.status_code == 201
        path = f"{EVENTS}/{made.json()['id']}"
        assert (await running.client.get(path)).status_code == 404
        assert (await running.client.get(EVENTS)).json()["items"] == []
        assert (await running.client.get(path, headers=signed_in(OWNER))).status_code == 200


async def test_a_stream_tells_an_owner_of_their_poll_and_ends_with_the_token(
    settings_with: Callable[..., Settings], owner: Owner
) -> None:
    poll = Poll(owner, account=OWNER)
    async with serving(settings_with()) as served:
        served.app.state.access_tokens = ISSUER.access_tokens
        lives = timedelta(seconds=2)
        async with (
            served.watching(signed_in(OWNER, lives)) as owners,
            served.watching(signed_in(STRANGER, lives)) as strangers,
        ):
            for watched in (owners, strangers):
                assert (await watched.event()).name == "ready"
            poll.finalised(START + HOUR)
            await arrived(served, poll)
            assert (await told_of(owners, str(poll.event_id))).data["title"] == "Planning"
            with pytest.raises(StopAsyncIteration):
                await strangers.event()
            assert await owners.ended()
