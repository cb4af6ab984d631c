"""An operator answers for somebody without any link, while the service runs in another process."""

import asyncio
import json
import subprocess
import sys
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from availability.settings import Settings
from availability.testing import NOW, Availability, Person, Poll, bearer, free
from contracts.polls import PollErased
from inbox.testing.service import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXPORT, ERASE = "export-participant", "erase-participant"


class Operator:
    """At a shell, with the settings of the service."""

    def __init__(self, settings: Settings) -> None:
        self._environment = {
            "AVAILABILITY_DATABASE_URL": settings.database_url.get_secret_value(),
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
            "COMMONTIME_SERVICE_TOKEN": settings.service_token.get_secret_value(),
            "COMMONTIME_PUBLIC_URL": settings.public_url,
            "POLL_API_URL": "http://127.0.0.1:1",  # is not needed
        }

    async def runs(self, command: str, *words: object) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "availability", command, "--", *map(str, words)]
        return await asyncio.to_thread(
            subprocess.run,
            line,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def operator(settings: Settings) -> Operator:
    return Operator(settings)


async def answers(availability: Availability, poll: Poll) -> Person:
    """Somebody of whom as much as possible is stored."""
    profile = {"email": "ann@example.org", "note": "vegan", "timezone": "Europe/Berlin"}
    ann = await availability.joins(poll, "Ann", **profile)
    await availability.submits(ann, free(0, 4))
    await availability.submits(ann, free(1, 3, "preferred"))
    standing = {"role": "required", "weight": 7, "groups": ["leads"]}
    await availability.client.patch(ann.path, json=standing, headers=bearer(poll.organiser))
    return ann


async def test_everything_stored_is_printed_but_no_hash(
    availability: Availability, operator: Operator
) -> None:
    poll = availability.has_poll()
    ann = await answers(availability, poll)
    ann.token = (await availability.rotates(ann, ann.token)).json()["capability"]
    await availability.joins(poll, "Ben")
    done = await operator.runs(EXPORT, poll.id, ann.id)
    assert done.returncode == 0, done.stderr
    shown: dict[str, Any] = json.loads(done.stdout)
    facts = shown.pop("facts")
    seen = await availability.client.get(ann.path, headers=ann.headers)
    schedule = await availability.client.get(f"{ann.path}/schedule", headers=ann.headers)
    assert [interval["preference"] for interval in shown["schedule"]] == ["preferred"]
    assert shown.pop("schedule") == schedule.json()["intervals"]
    joined_at = shown.pop("joined_at").replace("+00:00", "Z")
    assert joined_at == seen.json()["joined_at"]
    assert shown == {
        "poll_id": str(poll.id),
        "participant_id": ann.id,
        "profile": {
            "name": "Ann",
            "email": "ann@example.org",
            "note": "vegan",
            "timezone": "Europe/Berlin",
        },
        "standing": {"role": "required", "weight": 7, "groups": ["leads"]},
    }
    assert [fact["type"].split(".", 1)[1] for fact in facts] == [
        "participant.joined.v1",
        "schedule.submitted.v1",
        "schedule.submitted.v1",
        "participant.revised.v1",
        "participant.link-rotated.v1",
    ]
    assert all(fact["time"] for fact in facts)
    assert "hash" not in done.stdout
    assert "Ben" not in done.stdout


async def test_the_running_service_sends_what_comes_of_an_erasure_on_the_command_line(
    availability: Availability, operator: Operator
) -> None:
    poll = availability.has_poll()
    ann = await answers(availability, poll)

    async def all_is_sent() -> bool:
        with psycopg.connect(availability.database) as conn:
            waiting = (
                "select (select count(*) from outbox) + (select count(*) from outgoing_states)"
            )
            return conn.execute(waiting).fetchone() == (0,)

    done = await operator.runs(ERASE, poll.id, ann.id)
    assert done.returncode == 0, done.stderr
    assert "is erased" in done.stdout
    await until(all_is_sent)
    with psycopg.connect(availability.database) as conn:
        stored = conn.execute(
            "select type, metadata ->> 'actor', data::text from events where stream = %s "
            "order by version",
            [f"schedule-{ann.id}"],
        ).fetchall()
    assert stored[-1][:2] == ("commontime.participant.erased.v1", "operator")
    assert "preferred" not in str(stored)
    assert "leads" not in str(stored)
    gone = await availability.client.get(ann.path, headers=bearer(poll.organiser))
    assert gone.status_code == 404
    assert (await availability.submits(ann, free(0, 1))).status_code == 404
    exported = await operator.runs(EXPORT, poll.id, ann.id)
    assert (exported.returncode, exported.stdout) == (1, "")
    assert exported.stderr == "They were erased: only that they were there is kept.\n"


async def test_erasing_again_changes_nothing_and_says_so(
    availability: Availability, operator: Operator
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    await operator.runs(ERASE, poll.id, ann.id)
    stored = await availability.stored(poll)
    again = await operator.runs(ERASE, poll.id, ann.id)
    assert again.returncode == 0, again.stderr
    assert again.stdout == f"Participant {ann.id} was erased before; nothing changed.\n"
    assert await availability.stored(poll) == stored


@pytest.mark.parametrize("command", [EXPORT, ERASE])
async def test_who_is_not_there_is_refused_in_one_sentence(
    availability: Availability, operator: Operator, command: str
) -> None:
    poll, other = availability.has_poll(), availability.has_poll()
    ann = await availability.joins(poll)
    await availability.joins(other)
    for words, why in (
        ((uuid4(), ann.id), "There is no such poll."),
        ((poll.id, uuid4()), "There is no such participant in this poll."),
        ((other.id, ann.id), "There is no such participant in this poll."),
        ((poll.id, "ann"), "The ids of a poll and a participant are UUIDs; these are not."),
        ((poll.id,), f"Say whose: {command} POLL PARTICIPANT."),
    ):
        refused = await operator.runs(command, *words)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == f"{why}\n"
    assert (await availability.client.get(ann.path, headers=ann.headers)).status_code == 200


async def test_nobody_is_found_in_a_poll_that_was_erased(
    availability: Availability, operator: Operator
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    poll.tell(PollErased(poll_id=poll.id, erased_at=NOW))
    headers = {**ann.headers, **poll.up_to_date}
    assert (await availability.client.get(ann.path, headers=headers)).status_code == 404
    for command in (EXPORT, ERASE):
        refused = await operator.runs(command, poll.id, ann.id)
        assert refused.returncode == 1
        assert refused.stderr == "This poll was erased, with everybody in it.\n"
