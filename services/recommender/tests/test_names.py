"""Who sees whose name, and that nothing is left of who was erased."""

import psycopg
import pytest
from psycopg import sql

from contracts.polls import Visibility
from inbox.testing.service import until
from recommender.settings import Settings
from recommender.testing import Others, Person, Poll, Recommender, free

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def names(
    recommender: Recommender, poll: Poll, token: str | None = None
) -> dict[str, dict[str, str]]:
    answer = await recommender.asked(poll, token)
    assert answer.status_code == 200, answer.text
    people: dict[str, dict[str, str]] = answer.json()["people"]
    return people


async def named(recommender: Recommender, poll: Poll, *expected: tuple[Person, str]) -> None:
    """Return when the organiser sees just these names."""
    wanted = {str(person.id): {"name": name} for person, name in expected}

    async def shown() -> bool:
        return await names(recommender, poll) == wanted

    await until(shown)


async def test_names_stand_beside_the_ids(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 1))
    other_ann = await they.joined(poll, "Ann")
    await named(recommender, poll, (ann, "Ann"), (other_ann, "Ann"))
    assert await names(recommender, poll, poll.answer) == await names(recommender, poll)


async def test_names_for_the_organiser_alone_are_in_no_other_answer(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(visibility=Visibility(names="organiser"))
    ann = await they.answered(poll, "canary-ann", free(0, 1))
    ben = await they.answered(poll, "canary-ben", free(0, 1))
    await named(recommender, poll, (ann, "canary-ann"), (ben, "canary-ben"))
    assert "canary" not in (await recommender.asked(poll, poll.answer)).text
    assert await names(recommender, poll, ann.token) == {str(ann.id): {"name": "canary-ann"}}
    assert await names(recommender, poll, ben.token) == {str(ben.id): {"name": "canary-ben"}}


async def test_a_new_name_is_shown_under_a_new_etag(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 1))
    await named(recommender, poll, (ann, "Ann"))
    etag = (await recommender.asked(poll)).headers["etag"]
    await they.names(poll, ann, "Anna", version=2)
    await named(recommender, poll, (ann, "Anna"))
    again = await recommender.asked(poll, headers={"If-None-Match": etag})
    assert again.status_code == 200


async def test_an_older_name_that_comes_late_changes_nothing(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 1))
    await they.names(poll, ann, "Anna", version=2)
    await named(recommender, poll, (ann, "Anna"))
    await they.names(poll, ann, "Ann", version=1)
    marker = await they.joined(poll, "marker")
    await named(recommender, poll, (ann, "Anna"), (marker, "marker"))


async def test_who_was_erased_counts_no_more_and_their_link_opens_nothing(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 1))
    ben = await they.answered(poll, "Ben", free(0, 1))
    await named(recommender, poll, (ann, "Ann"), (ben, "Ben"))
    await they.erases(poll, ann)
    answer = await recommender.asked(poll)
    document = answer.json()
    assert document["participants"] == {"total": 1, "answered": 1}
    assert document["recommendations"][0]["available"] == [str(ben.id)]
    assert str(ann.id) not in answer.text
    assert (await recommender.asked(poll, ann.token)).status_code == 404
    assert (await recommender.asked(poll, ben.token)).status_code == 200


async def test_nothing_personal_is_left_of_who_was_erased(
    recommender: Recommender, they: Others, settings: Settings
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "canary-7f3a", free(0, 1))
    ben = await they.answered(poll, "Ben", free(0, 1))
    await named(recommender, poll, (ann, "canary-7f3a"), (ben, "Ben"))
    assert "canary-7f3a" in everything_in(settings)
    await they.erases(poll, ann, tombstone=False)
    # the tombstone is on its way, and a late profile comes before it
    await they.names(poll, ann, "canary-7f3a", version=7)
    await they.names(poll, ben, "Benny", version=2)
    await named(recommender, poll, (ben, "Benny"))
    assert "canary-7f3a" not in everything_in(settings)
    with psycopg.connect(settings.database_url.get_secret_value()) as conn:
        kept = conn.execute("select * from schedules where participant_id = %s", (ann.id,))
        assert kept.fetchall() == []


def everything_in(settings: Settings) -> str:
    with psycopg.connect(settings.database_url.get_secret_value()) as conn:
        tables = conn.execute("select tablename from pg_tables where schemaname = 'public'")
        found = [
            conn.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(table)))
            for (table,) in tables.fetchall()
        ]
        return "\n".join(row for cursor in found for (row,) in cursor.fetchall())
