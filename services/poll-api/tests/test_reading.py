"""Who sees a poll, what they see, and how little is sent when nothing has changed."""

from uuid import uuid4

import pytest

from chassis.access import hash_of, mint
from contracts.schedules import ParticipantErased, ParticipantJoined
from inbox.testing.owner import Owner, envelope_of
from poll_api.testing import NOW, Poll, PollApi, bearer

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMANDS = ("close", "reopen", "cancel", "finalise")


def joined(availability: Owner, poll: Poll) -> tuple[ParticipantJoined, dict[str, str]]:
    """Somebody joins at availability; the fact waits there to be asked for."""
    token = mint("edit")
    fact = ParticipantJoined(
        poll_id=poll.id,
        participant_id=uuid4(),
        polls_sequence=1,
        edit_hash=hash_of(token),
        joined_at=NOW,
    )
    stored = availability.facts[str(poll.id)]
    stored.append(envelope_of(str(poll.id), len(stored) + 1, fact))
    return fact, bearer(token)


async def test_every_link_of_the_poll_shows_it(poll_api: PollApi, availability: Owner) -> None:
    poll = await poll_api.opens()
    _, edit = joined(availability, poll)
    for headers, shown in (
        (poll.organiser, poll.known),
        (poll.answer, poll.known_to_everyone),
        (edit, poll.known_to_everyone),
    ):
        answer = await poll_api.reads(poll, headers)
        assert answer.status_code == 200
        assert answer.json() == shown


async def test_nobody_else_can_tell_whether_the_poll_exists(
    poll_api: PollApi, availability: Owner
) -> None:
    poll, other = await poll_api.opens(), await poll_api.opens()
    _, others_edit = joined(availability, other)
    assert (await poll_api.reads(other, others_edit)).status_code == 200
    links = [other.organiser, other.answer, others_edit]
    strangers = [{"X": ""}, *links, bearer(mint("edit")), bearer("x")]
    answers = [await poll_api.reads(poll, headers) for headers in strangers]
    unknown = f"/api/v1/polls/{uuid4()}"
    answers.append(await poll_api.client.get(unknown, headers=poll.organiser))
    answers.append(await poll_api.client.get("/api/v1/polls/1", headers=poll.organiser))
    problems = [answer.json() for answer in answers]
    for problem in problems:
        del problem["instance"]
    assert {answer.status_code for answer in answers} == {404}
    assert all(problem == problems[0] for problem in problems)
    assert problems[0]["code"] == "not_found"


@pytest.mark.parametrize("verb", COMMANDS)
async def test_another_polls_organiser_commands_nothing(poll_api: PollApi, verb: str) -> None:
    poll, other = await poll_api.opens(), await poll_api.opens()
    before = poll_api.stored(poll)
    body = {"start": "2030-12-02T09:00:00Z"} if verb == "finalise" else None
    answer = await poll_api.does(poll, verb, body, other.organiser)
    assert answer.status_code == 404
    assert poll_api.stored(poll) == before


async def test_who_may_only_answer_is_told_what_the_rest_needs(
    poll_api: PollApi, availability: Owner
) -> None:
    poll = await poll_api.opens()
    _, edit = joined(availability, poll)
    before = poll_api.stored(poll)
    for headers in (poll.answer, edit):
        answers = [await poll_api.does(poll, verb, None, headers) for verb in COMMANDS[:3]]
        patch = {**headers, "If-Match": "*"}
        answers.append(await poll_api.client.patch(poll.path, json={"title": "x"}, headers=patch))
        answers.append(await poll_api.client.get(f"{poll.path}/history", headers=headers))
        assert [answer.status_code for answer in answers] == [403] * 5
        assert {answer.json()["code"] for answer in answers} == {"forbidden"}
        assert answers[0].json()["needs"] == ["organiser"]
    assert poll_api.stored(poll) == before


async def test_a_public_poll_is_shown_to_anyone_and_commanded_by_its_organiser(
    poll_api: PollApi,
) -> None:
    poll = await poll_api.opens(access="public")
    for headers in ({"X": ""}, bearer("ct_org_of_another_poll")):
        assert (await poll_api.reads(poll, headers)).json() == poll.known_to_everyone
        assert (
            await poll_api.client.post(f"{poll.path}/close", headers=headers)
        ).status_code == 403
    await poll_api.revises(poll, {"access": "link"})
    assert (await poll_api.reads(poll, {"X": ""})).status_code == 404


async def test_an_erased_participant_sees_the_poll_no_more(
    poll_api: PollApi, availability: Owner
) -> None:
    poll = await poll_api.opens()
    fact, edit = joined(availability, poll)
    current = {**edit, "Commontime-Min-Sequence": "schedules=1"}
    assert (await poll_api.reads(poll, current)).status_code == 200
    erased = ParticipantErased(
        poll_id=poll.id, participant_id=fact.participant_id, polls_sequence=1, erased_at=NOW
    )
    availability.facts[str(poll.id)].append(envelope_of(str(poll.id), 2, erased))
    current = {**edit, "Commontime-Min-Sequence": "schedules=2"}
    assert (await poll_api.reads(poll, current)).status_code == 404


async def test_a_link_just_made_works_with_the_sequence_that_made_it(
    poll_api: PollApi, availability: Owner
) -> None:
    poll = await poll_api.opens()
    for sequence in (1, 2):
        _, edit = joined(availability, poll)
        answer = await poll_api.client.get(
            poll.path, params={"min_sequence": f"schedules={sequence}"}, headers=edit
        )
        assert answer.status_code == 200


async def test_without_availability_an_unknown_edit_link_is_not_denied(
    poll_api: PollApi, availability: Owner
) -> None:
    poll = await poll_api.opens()
    availability.status = 503
    try:
        answer = await poll_api.reads(poll, bearer(mint("edit")))
        others = await poll_api.reads(poll, bearer(mint("organiser")))
    finally:
        availability.status = 200
    assert answer.status_code == 503
    assert answer.json()["code"] == "owner_unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    assert others.status_code == 404


@pytest.mark.parametrize("ahead", ["polls=2", "schedules=1", "polls=1,schedules=1"])
async def test_what_has_not_happened_yet_cannot_be_read(poll_api: PollApi, ahead: str) -> None:
    poll = await poll_api.opens()
    answer = await poll_api.reads(poll, {**poll.answer, "Commontime-Min-Sequence": ahead})
    assert answer.status_code == 503
    assert answer.json()["code"] == "behind"
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.parametrize("ahead", ["polls=1", "polls=9", "schedules=0", "schedules=9"])
@pytest.mark.parametrize("is_away", [False, True])
async def test_a_stranger_is_not_told_how_far_a_poll_has_come(
    poll_api: PollApi,
    availability: Owner,
    ahead: str,
    is_away: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poll, other = await poll_api.opens(), await poll_api.opens()
    if is_away:
        monkeypatch.setattr(availability, "status", 500)
    for headers in ({"X": ""}, other.organiser, bearer("x")):
        answer = await poll_api.reads(poll, {**headers, "Commontime-Min-Sequence": ahead})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_malformed_sequence_is_a_bad_header(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    headers = {**poll.answer, "Commontime-Min-Sequence": "polls:1"}
    answer = await poll_api.reads(poll, headers)
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_header"


async def test_who_has_the_current_version_is_sent_nothing(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    for path in (poll.path, f"{poll.path}/history"):
        headers = {**poll.organiser, "If-None-Match": '"1"'}
        answer = await poll_api.client.get(path, headers=headers)
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["ETag"] == '"1"'
        assert answer.headers["Commontime-Sequence"] == "polls=1"
        assert answer.headers["Vary"] == "Authorization"
        assert answer.headers["Cache-Control"] == "private, no-cache"
    await poll_api.does(poll, "close")
    headers = {**poll.answer, "If-None-Match": '"1"'}
    assert (await poll_api.reads(poll, headers)).json()["state"] == "closed"


async def test_history_tells_the_facts_in_order_without_hashes(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    await poll_api.revises(poll, {"title": "Retro"})
    await poll_api.does(poll, "close")
    answer = await poll_api.client.get(f"{poll.path}/history", headers=poll.organiser)
    page = answer.json()
    assert answer.headers["ETag"] == '"3"'
    assert [item["sequence"] for item in page["items"]] == [1, 2, 3]
    assert [item["type"] for item in page["items"]] == [
        "commontime.poll.opened.v1",
        "commontime.poll.revised.v1",
        "commontime.poll.closed.v1",
    ]
    assert [item["actor"] for item in page["items"]] == ["anyone", "organiser", "organiser"]
    assert page["items"][1]["data"]["details"]["title"] == "Retro"
    assert page["next"] is None
    for token in poll.opened["capabilities"].values():
        assert hash_of(token) not in answer.text


async def test_history_comes_in_pages(poll_api: PollApi) -> None:
    poll = await poll_api.opens()
    await poll_api.does(poll, "close")
    await poll_api.does(poll, "reopen")
    seen: list[int] = []
    after: str | None = "0"
    while after is not None:
        answer = await poll_api.client.get(
            f"{poll.path}/history", params={"after": after, "limit": 2}, headers=poll.organiser
        )
        seen += [item["sequence"] for item in answer.json()["items"]]
        after = answer.json()["next"]
    assert seen == [1, 2, 3]
