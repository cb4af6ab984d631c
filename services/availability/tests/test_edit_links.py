"""A lost or leaked edit link is replaced: the new one works at once, the old one for nothing."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from availability import projections
from availability.testing import NOW, WINDOW, Availability, Person, assert_problem, bearer, free
from chassis.access import hash_of
from contracts.polls import Basis, PollCancelled, PollClosed, PollFinalised
from eventstore.rebuild import rebuild

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = {"Idempotency-Key": "sixteen-characters-or-more"}
OTHER_KEY = {"Idempotency-Key": "sixteen-characters-or-less"}


async def uses(availability: Availability, person: Person, token: str) -> list[int]:
    """What becomes of each thing one does with an edit link."""
    client, headers = availability.client, bearer(token)
    answers = [
        await client.get(person.path, headers=headers),
        await client.get(f"{person.path}/schedule", headers=headers),
        await client.get(person.path.rsplit("/", 1)[0], headers=headers),
        await client.put(
            f"{person.path}/schedule", json={"intervals": [free(0, 2)]}, headers=headers
        ),
        await client.patch(person.path, json={"note": "vegan"}, headers=headers),
        await client.delete(f"{person.path}/schedule", headers=headers),
    ]
    return [answer.status_code for answer in answers]


WORKS = [200, 200, 200, 200, 200, 204]
DEAD = [404] * 6


async def test_a_new_link_of_ones_own_replaces_the_old_one_at_once(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    answer = await availability.rotates(ann, ann.token)
    assert answer.status_code == 200, answer.text
    rotated = answer.json()
    new = rotated["capability"]
    assert new.startswith("ct_edt_")
    assert rotated["participant_id"] == ann.id
    page = f"http://commontime.test/p/{poll.id}"
    assert rotated["link"] == f"{page}#{new}&participant={rotated['participant_id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["commontime-sequence"] == "schedules=2"
    assert await uses(availability, ann, ann.token) == DEAD
    assert await uses(availability, ann, new) == WORKS
    assert_problem(await availability.rotates(ann, ann.token), 404, "not_found")


async def test_the_organiser_renews_the_link_of_whoever_lost_theirs(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann, ben = await availability.joins(poll, "Ann"), await availability.joins(poll, "Ben")
    new = (await availability.rotates(ann, poll.organiser)).json()["capability"]
    assert await uses(availability, ann, new) == WORKS
    assert await uses(availability, ann, ann.token) == DEAD
    assert await uses(availability, ben, ben.token) == WORKS


async def test_nobody_else_gets_at_anothers_link(availability: Availability) -> None:
    poll, other = availability.has_poll(), availability.has_poll()
    ann, ben = await availability.joins(poll, "Ann"), await availability.joins(poll, "Ben")
    for token in (poll.answer, ben.token):
        assert_problem(await availability.rotates(ann, token), 403, "forbidden")
    for token in (other.organiser, "ct_edt_guess"):
        assert_problem(await availability.rotates(ann, token), 404, "not_found")
    elsewhere = Person(ann.id, ann.token, f"{other.path}/participants/{ann.id}")
    assert_problem(await availability.rotates(elsewhere, other.organiser), 404, "not_found")
    nobody = Person(str(uuid4()), "", f"{poll.path}/participants/{uuid4()}")
    assert_problem(await availability.rotates(nobody, poll.organiser), 404, "not_found")
    assert await availability.stored(poll) == 2


async def test_a_repetition_with_its_key_gives_the_same_link_even_with_the_old_one(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    first = await availability.rotates(ann, ann.token, KEY)
    again = await availability.rotates(ann, ann.token, KEY)
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert await availability.stored(poll) == 2
    assert_problem(await availability.rotates(ann, ann.token, OTHER_KEY), 404, "not_found")
    stranger = await availability.rotates(ann, "ct_edt_guess", KEY)
    assert_problem(stranger, 404, "not_found")


async def test_after_an_erasure_a_repetition_gives_nothing(availability: Availability) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    await availability.rotates(ann, ann.token, KEY)
    await availability.client.delete(ann.path, headers=bearer(poll.organiser))
    assert_problem(await availability.rotates(ann, ann.token, KEY), 404, "not_found")


async def test_links_are_renewed_in_polls_that_take_no_answers(availability: Availability) -> None:
    for state in ("closed", "finalised", "cancelled"):
        poll = availability.has_poll()
        ann = await availability.joins(poll)
        match state:
            case "closed":
                poll.tell(PollClosed(poll_id=poll.id, reason="manual", closed_at=NOW))
            case "cancelled":
                poll.tell(PollCancelled(poll_id=poll.id, cancelled_at=NOW))
            case _:
                poll.tell(
                    PollFinalised(
                        poll_id=poll.id,
                        start=WINDOW.start,
                        end=WINDOW.start + timedelta(hours=1),
                        event_id=uuid4(),
                        basis=Basis(polls=1),
                        finalised_at=NOW,
                    )
                )
        answer = await availability.rotates(ann, ann.token, poll.up_to_date)
        assert answer.status_code == 200, state
        headers = bearer(answer.json()["capability"])
        assert (await availability.client.get(ann.path, headers=headers)).status_code == 200


async def test_only_the_hash_of_a_link_is_stored_and_a_rebuild_keeps_the_new_one(
    availability: Availability,
) -> None:
    ann = await availability.joins(availability.has_poll())
    new = (await availability.rotates(ann, ann.token)).json()["capability"]
    await rebuild(availability.service.pool, [projections.project], projections.TABLES)
    with psycopg.connect(availability.database) as conn:
        facts = conn.execute("select data::text from events").fetchall()
        row = conn.execute(
            "select edit_hash from participants where participant_id = %s", [ann.id]
        ).fetchone()
    assert row == (hash_of(new),)
    assert not any(token in text for (text,) in facts for token in (ann.token, new))
    assert await uses(availability, ann, new) == WORKS
    assert await uses(availability, ann, ann.token) == DEAD
