"""What was taken in before the past was kept is taken in anew, as if nothing had ever come."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy

import psycopg
import pytest

import inbox.migrations
from chassis.migrations import migrate
from inbox.testing.owner import Owner
from inbox.testing.service import until
from recommender import migrations
from recommender.testing import Others, free, opened, settings_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEFORE = """
insert into seen (source, key, sequence) values ('polls', %(poll)s, 1), ('schedules', %(poll)s, 2);
insert into seen_states (topic, key, version, erased)
    values ('commontime.participants', %(person)s, 1, false);
insert into parked (source, key, sequence, reason) values ('polls', 'another', 1, 'unreadable');
insert into reconciled (source, at)
    select source, now() from unnest('{polls,schedules,commontime.participants}'::text[]) source;
insert into known_polls (poll_id, document) values (%(poll)s, '{}');
insert into edit_links (participant_id, poll_id, edit_hash) values (%(person)s, %(poll)s, 'x');
insert into standings (poll_id, participant_id, sequence, gone, role, weight, groups)
    values (%(poll)s, %(person)s, 1, false, 'optional', 1, '[]');
insert into schedules (poll_id, participant_id, sequence) values (%(poll)s, %(person)s, 2);
insert into profiles (participant_id, poll_id, name) values (%(person)s, %(poll)s, 'Anna');
insert into name_generations (poll_id, generation) values (%(poll)s, nextval('name_changes'));
"""


async def test_a_database_from_before_is_filled_anew_from_the_owners(
    they: Others,
    template_database: Callable[..., str],
    module_database: Callable[[str], str],
    as_owner: Callable[[str], str],
    kafka_bootstrap: str,
    topic_prefix: str,
    poll_api: Owner,
    availability: Owner,
    tmp_path: Path,
) -> None:
    before = tmp_path / "recommender" / "migrations"
    before.mkdir(parents=True)
    copy(migrations.FOLDERS[-1] / "0001_people.sql", before)
    template = template_database("recommender-before", inbox.migrations.FOLDER, before)
    database = module_database(template)
    they.sends = False
    poll = await they.opened()
    ann = await they.answered(poll, None, free(1, 3))
    await they.names(poll, ann, "Ann")
    they.sends = True
    with psycopg.connect(database) as conn:
        parameters = {"poll": str(poll.id), "person": str(ann.id)}
        for statement in BEFORE.split(";\n")[:-1]:
            conn.execute(statement.encode(), parameters)
    migrate(as_owner(database), *migrations.FOLDERS)

    poll_api.tells_heads = availability.tells_heads = True
    poll_api.asked_since.clear()
    settings = settings_of(database, kafka_bootstrap, topic_prefix, poll_api, availability)
    try:
        async with opened(settings) as upgraded:

            async def as_if_new() -> bool:
                with psycopg.connect(database) as conn:
                    people = conn.execute("select participant_id, name from profiles").fetchall()
                    seen = conn.execute("select sum(sequence) from seen").fetchone()
                return people == [(ann.id, "Ann")] and seen == (3,)

            await until(as_if_new)
            answer = (await upgraded.asked(poll, as_of="polls:1,schedules:2")).json()
            assert answer["recommendations"][0]["available"] == [str(ann.id)]
            assert answer["people"] == {str(ann.id): {"name": "Ann"}}
    finally:
        poll_api.tells_heads = availability.tells_heads = False
    assert min(poll_api.asked_since) == datetime(1970, 1, 1, tzinfo=UTC)
    with psycopg.connect(database) as conn:
        generation = conn.execute("select generation from name_generations").fetchone()
        assert generation == (2,)
        assert conn.execute("select * from parked").fetchall() == []
