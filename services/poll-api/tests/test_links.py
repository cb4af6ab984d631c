"""A link is replaced: the new one opens what the old one opened, which opens nothing any more."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from chassis.access import hash_of, mint
from contracts.schedules import ParticipantErased, ParticipantJoined, ParticipantLinkRotated
from inbox.testing.owner import Owner, envelope_of
from poll_api import examples
from poll_api.settings import Settings
from poll_api.testing import NOW, Poll, PollApi, bearer, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = ("organiser", "answer")


def headers_of(poll: Poll, which: str) -> dict[str, str]:
    return poll.organiser if which == "organiser" else poll.answer


def of(answer: Response) -> dict[str, str]:
    """What the new link sends."""
    assert answer.status_code == 200, answer.text
    return bearer(answer.json()["capability"])


@pytest.mark.parametrize("which", KINDS)
async def test_the_new_link_opens_what_the_old_one_opened(poll_api: PollApi, which: str) -> None:
    poll = await poll_api.opens()
    before = (await poll_api.reads(poll, headers_of(poll, which))).json()
    answer = await poll_api.rotates(poll, which)
    made = answer.json()
    assert made["which"] == which
    assert made["link"] == f"http://commontime.test/p/{poll.id}#{made['capability']}"
    assert made["capability"].startswith({"organiser": "ct_org_", "answer": "ct_ans_"}[which])
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["ETag"] == '"2"'
    assert answer.headers["Commontime-Sequence"] == "polls=2"
    assert (await poll_api.reads(poll, of(answer))).json() == {**before, "version": 2}


@pytest.mark.parametrize("which", KINDS)
async def test_the_old_link_is_told_that_there_is_no_poll(poll_api: PollApi, which: str) -> None:
    poll, other = await poll_api.opens(), KINDS[1 - KINDS.index(which)]
    await poll_api.rotates(poll, which)
    old = headers_of(poll, which)
    answers = [
        await poll_api.reads(poll, old),
        await poll_api.rotates(poll, "answer", old),
        await poll_api.does(poll, "close", None, old),
        await poll_api.erases(poll, old),
        await poll_api.client.get(f"{poll.path}/history", headers=old),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert (await poll_api.reads(poll, headers_of(poll, other))).status_code == 200


async def test_the_old_answer_link_of_a_public_poll_is_as_good_as_none(poll_api: PollApi) -> None:
    poll = await poll_api.opens(access="public")
    await poll_api.rotates(poll, "organiser")
    assert (await poll_api.reads(poll, poll.organiser)).json()["invited"] is None
    assert (await poll_api.does(poll, "close")).status_code == 403


async def test_who_may_only_answer_rotates_nothing(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    for which in KINDS:
        answer = await poll_api.rotates(poll, which, poll.answer)
        assert (answer.status_code, answer.json()["needs"]) == (403, ["organiser"])
    assert (await poll_api.reads(poll, poll.organiser)).json()["version"] == 1


async def test_another_polls_links_rotate_nothing(poll_api: PollApi) -> None:
    poll, other = await poll_api.opens(), await poll_api.opens()
    for headers in (other.organiser, other.answer, bearer(mint("organiser"))):
        answer = await poll_api.rotates(poll, "organiser", headers)
        assert answer.status_code == 404
    assert (await poll_api.reads(poll, other.organiser)).status_code == 404
    assert (await poll_api.reads(poll, poll.organiser)).json()["version"] == 1


@pytest.mark.parametrize("body", [{}, {"which": "edit"}, {"which": "answer", "x": 1}, None, []])
async def test_only_the_two_links_of_a_poll_are_rotated(poll_api: PollApi, body: Any) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.does(poll, "links/rotate", body)
    assert answer.status_code == 422
    assert (await poll_api.reads(poll, poll.organiser)).json()["version"] == 1


async def test_a_lost_answer_is_asked_for_again_with_the_link_that_died(poll_api: PollApi) -> None:
    poll, key = await poll_api.opens(), {"Idempotency-Key": str(uuid4())}
    first = await poll_api.rotates(poll, "organiser", {**poll.organiser, **key})
    again = await poll_api.rotates(poll, "organiser", {**poll.organiser, **key})
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Cache-Control"] == "no-store"
    assert (await poll_api.reads(poll, of(again))).json()["version"] == 2
    other_key = {"Idempotency-Key": str(uuid4())}
    for headers in (other_key, {}):
        refused = await poll_api.rotates(poll, "organiser", {**poll.organiser, **headers})
        assert refused.status_code == 404


async def test_somebody_elses_key_gives_no_answer_away(poll_api: PollApi) -> None:
    poll, other = await poll_api.opens(), await poll_api.opens()
    key = {"Idempotency-Key": str(uuid4())}
    await poll_api.rotates(poll, "answer", {**poll.organiser, **key})
    for headers in (poll.answer, other.organiser):
        answer = await poll_api.rotates(poll, "answer", {**key, **headers})
        assert answer.status_code in (403, 404)
    changed = await poll_api.rotates(poll, "organiser", {**poll.organiser, **key})
    assert changed.json()["code"] == "idempotency_key_reused"


async def test_of_many_who_rotate_at_once_nobody_is_given_a_dead_link(
    poll_api: PollApi, settings: Settings
) -> None:
    async with running(settings.model_copy(update={"instance_id": "two"})) as replica:
        for _ in range(5):
            poll = await poll_api.opens()
            answers = await asyncio.gather(
                *(api.rotates(poll, "organiser") for api in (poll_api, replica) for _ in range(4))
            )
            made = [of(answer) for answer in answers if answer.status_code == 200]
            assert {answer.status_code for answer in answers} <= {200, 404, 409}
            assert len(made) == 1
            assert (await replica.reads(poll, made[0])).status_code == 200


async def test_neither_facts_nor_logs_nor_history_tell_a_new_link(
    poll_api: PollApi, capsys: pytest.CaptureFixture[str]
) -> None:
    poll = await poll_api.opens()
    token = (await poll_api.rotates(poll, "answer")).json()["capability"]
    history = await poll_api.client.get(f"{poll.path}/history", headers=poll.organiser)
    _, last = history.json()["items"]
    assert (last["type"], last["actor"]) == ("commontime.poll.link-rotated.v1", "organiser")
    assert set(last["data"]) == {"poll_id", "which", "rotated_at"}
    assert hash_of(token) not in history.text
    assert token not in str(poll_api.stored(poll))
    assert token not in capsys.readouterr().out


async def test_the_documented_answer_is_what_comes(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.does(poll, "links/rotate", examples.ROTATE)
    assert set(answer.json()) == set(examples.ROTATED)


async def test_a_participants_new_edit_link_works_and_the_old_one_does_not(
    poll_api: PollApi, availability: Owner
) -> None:
    poll, old, new = await poll_api.opens(), mint("edit"), mint("edit")
    who: dict[str, Any] = {"poll_id": poll.id, "participant_id": uuid4(), "polls_sequence": 1}
    facts = [
        ParticipantJoined(**who, edit_hash=hash_of(old), joined_at=NOW),
        ParticipantLinkRotated(**who, edit_hash=hash_of(new), rotated_at=NOW),
        ParticipantErased(**who, erased_at=NOW),
    ]
    stored, expected = availability.facts[str(poll.id)], [(200, 404), (404, 200), (404, 404)]
    for sequence, (fact, statuses) in enumerate(zip(facts, expected, strict=True), start=1):
        stored.append(envelope_of(str(poll.id), sequence, fact))
        least = {"Commontime-Min-Sequence": f"schedules={sequence}"}
        found = [await poll_api.reads(poll, {**bearer(link), **least}) for link in (old, new)]
        assert tuple(answer.status_code for answer in found) == statuses


async def test_a_link_rotated_twice_before_anybody_looked_is_the_last_one(
    poll_api: PollApi, availability: Owner
) -> None:
    poll, links = await poll_api.opens(), [mint("edit") for _ in range(3)]
    who: dict[str, Any] = {"poll_id": poll.id, "participant_id": uuid4(), "polls_sequence": 1}
    facts = [
        ParticipantJoined(**who, edit_hash=hash_of(links[0]), joined_at=NOW),
        *(
            ParticipantLinkRotated(**who, edit_hash=hash_of(link), rotated_at=NOW)
            for link in links[1:]
        ),
    ]
    availability.facts[str(poll.id)] = [
        envelope_of(str(poll.id), sequence, fact) for sequence, fact in enumerate(facts, start=1)
    ]

    async def is_open() -> bool:
        return (await poll_api.reads(poll, bearer(links[2]))).status_code == 200

    await eventually(is_open)
    for link in links[:2]:
        assert (await poll_api.reads(poll, bearer(link))).status_code == 404
