"""Who watches a poll is told what changes: once, at once, and as long as they may."""

from datetime import timedelta
from uuid import uuid4

import pytest

from chassis.access import mint
from contracts.fact import Span
from contracts.polls import (
    Basis,
    PollCancelled,
    PollClosed,
    PollFinalised,
    PollRevised,
    Visibility,
)
from recommender.live.testing import Served, path_of
from recommender.testing import AT, START, Others, details_of, free, free_later, later_window

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_first_everything_is_told_and_then_what_changes(served: Served, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    async with served.watching(poll) as watching:
        first = await watching.events(3)
        assert [event.name for event in first] == ["poll", "participants", "recommendations"]
        assert [event.id for event in first] == [None, None, "polls=1,schedules=2"]
        assert first[0].data == {
            "poll_id": str(poll.id),
            "version": 1,
            "state": "open",
            "deadline": None,
            "finalised": None,
            "regret": None,
        }
        assert first[1].data == {"total": 1, "answered": 1}
        assert watching.retry is not None

        await they.submits(poll, ann, free(3, 5))
        changed = await watching.event()
        assert (changed.name, changed.id) == ("recommendations", "polls=1,schedules=3")
        assert changed.data["recommendations"][0]["start"] == "2027-03-01T12:00:00Z"


async def test_the_recommendations_are_the_answer_without_ids(served: Served, they: Others) -> None:
    poll = await they.opened()
    await they.answered(poll, "Ann", free(0, 2))
    async with served.watching(poll) as watching:
        *_, told = await watching.events(3)
        answer = await served.client.get(
            path_of(poll).replace("stream", "recommendations"),
            params={"people": "counts"},
            headers={"Authorization": f"Bearer {poll.organiser}"},
        )
        assert told.data == answer.json()


async def test_closing_and_finalising_are_told(served: Served, they: Others) -> None:
    poll = await they.opened()
    event_id = uuid4()
    async with served.watching(poll) as watching:
        await watching.events(3)
        await they.decides(poll, PollClosed(poll_id=poll.id, reason="manual", closed_at=AT))
        told, _recommendations = await watching.events(2)
        assert told.data["state"] == "closed"
        finalised = PollFinalised(
            poll_id=poll.id,
            start=START,
            end=START + timedelta(hours=1),
            event_id=event_id,
            basis=Basis(polls=2),
            finalised_at=AT,
        )
        await they.decides(poll, finalised)
        told, _recommendations = await watching.events(2)
        assert told.data["finalised"] == {
            "start": "2027-03-01T09:00:00Z",
            "end": "2027-03-01T10:00:00Z",
            "event_id": str(event_id),
        }


async def test_what_there_is_to_regret_is_told_to_those_who_may_see_results(
    served: Served, they: Others
) -> None:
    hidden = Visibility(results="organiser")
    poll = await they.opened(window=later_window(), visibility=hidden)
    ann = await they.answered(poll, None, free_later(0, 2))
    begin = later_window().start
    await they.finalises(poll, begin + timedelta(hours=5))
    async with served.watching(poll) as organisers, served.watching(poll, ann.token) as anns:
        regretted = (await organisers.event()).data["regret"]
        assert regretted == {
            "start": "2067-02-19T14:00:00Z",
            "better": {"start": "2067-02-19T09:00:00Z", "end": "2067-02-19T10:00:00Z"},
            "people": 1,
        }
        assert (await anns.event()).data["regret"] is None
        await organisers.events(2)
        await anns.event()
        await they.submits(poll, ann, free_later(5, 6))
        told = {event.name: event.data for event in await organisers.events(2)}
        assert told["poll"]["regret"] is None
        await they.submits(poll, ann, free_later(0, 2))
        await they.revises(poll, window=later_window())
        seen = (await anns.event()).data
        while seen.get("regret") is None:
            seen = (await anns.event()).data
        assert seen["regret"] == regretted


async def test_who_resumes_is_told_nothing_twice(served: Served, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    async with served.watching(poll) as watching:
        last = (await watching.events(3))[-1].id
    async with served.watching(poll, last=last) as resumed:
        await they.joined(poll)
        assert (await resumed.event()).data == {"total": 2, "answered": 1}
        assert (await resumed.event()).id == "polls=1,schedules=3"
    await they.submits(poll, ann, free(1, 2))
    async with served.watching(poll, last=last) as behind:
        assert [event.name for event in await behind.events(3)][-1] == "recommendations"
    async with served.watching(poll, last="no id of ours") as stranger:
        assert len(await stranger.events(3)) == 3


async def test_whoever_may_not_see_results_is_told_of_the_poll_alone(
    served: Served, they: Others
) -> None:
    poll = await they.opened(visibility=Visibility(results="after_close"))
    ann = await they.answered(poll, "Ann", free(0, 2))
    async with served.watching(poll, ann.token) as watching:
        assert [e.name for e in await watching.events(2)] == ["poll", "participants"]
        await they.submits(poll, ann, free(1, 2))
        await they.joined(poll)
        assert (await watching.event()).data == {"total": 2, "answered": 1}
        await they.decides(poll, PollClosed(poll_id=poll.id, reason="manual", closed_at=AT))
        assert [e.name for e in await watching.events(2)] == ["poll", "recommendations"]


async def test_nobody_watches_a_poll_that_they_may_not_see(served: Served, they: Others) -> None:
    poll = await they.opened()
    for token in (mint("edit"), mint("organiser"), None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await served.client.get(path_of(poll), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_an_erased_person_sees_no_more_and_the_others_do(
    served: Served, they: Others
) -> None:
    poll = await they.opened()
    ann, ben = await they.answered(poll, "Ann", free(0, 2)), await they.joined(poll)
    async with (
        served.watching(poll, ann.token) as anns,
        served.watching(poll, ben.token) as bens,
    ):
        await anns.events(3)
        await bens.events(3)
        await they.erases(poll, ann)
        with pytest.raises(StopAsyncIteration):
            await anns.event()
        assert (await bens.event()).data == {"total": 1, "answered": 0}
    assert await served.has_no_viewers()


async def test_a_visitor_sees_no_more_of_a_poll_that_is_no_longer_public(
    served: Served, they: Others
) -> None:
    poll = await they.opened(access="public")
    headers = poll.up_to_date
    async with served.client.stream("GET", path_of(poll), headers=headers) as answer:
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("retry: ")
        hidden = PollRevised(poll_id=poll.id, details=details_of(access="link"), revised_at=AT)
        await they.decides(poll, hidden)
        told = [line async for line in lines]
    assert "id: polls=1,schedules=0" in told
    assert "id: polls=2,schedules=0" not in told


async def test_a_changed_window_and_a_cancelled_poll_are_told(served: Served, they: Others) -> None:
    poll = await they.opened()
    await they.answered(poll, "Ann", free(0, 5))
    async with served.watching(poll) as watching:
        await watching.events(3)
        later = Span(start=START + timedelta(hours=3), end=START + timedelta(hours=5))
        details = details_of(window=later)
        await they.decides(poll, PollRevised(poll_id=poll.id, details=details, revised_at=AT))
        told = (await watching.events(2))[1].data
        assert told["recommendations"][0]["start"] == "2027-03-01T12:00:00Z"
        await they.decides(poll, PollCancelled(poll_id=poll.id, cancelled_at=AT))
        assert (await watching.event()).data["state"] == "cancelled"


async def test_its_headers_keep_it_from_being_kept(served: Served, they: Others) -> None:
    poll = await they.opened()
    headers = {"Authorization": f"Bearer {poll.organiser}"}
    async with served.client.stream("GET", path_of(poll), headers=headers) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        assert "content-length" not in answer.headers


async def test_a_name_that_changes_is_told_to_nobody(served: Served, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 2))
    async with served.watching(poll) as watching:
        await watching.events(3)
        computed = served.metric("live_computations_total")
        await they.names(poll, ann, "Anne", version=2)
        await they.joined(poll)
        assert (await watching.events(2))[-1].id == "polls=1,schedules=3"
        assert served.metric("live_computations_total") == computed + 1
