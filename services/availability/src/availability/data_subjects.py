"""What an operator answers somebody who asks for what is stored about them, without any link."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg.rows import dict_row

from availability import decider
from availability.carrying_out import stream_of
from availability.decider import Erase, Erased, Joined, PollSeen
from availability.erasing import erased_among, forget, refuse_erased
from availability.main import SOURCE, open_database
from availability.projections import project
from availability.settings import Settings
from chassis.database import Pool
from chassis.named_sql import load
from contracts.known_poll import KnownPoll
from eventstore.recorded import Recorded
from eventstore.sealing import Answer
from eventstore.store import EventStore
from eventstore.transact import load as folded
from eventstore.transact import transact

_SQL = load("availability", "data_subjects.sql")
_HASHES = {"edit_hash"}
_NOTHING = Answer(status=204, body=b"", headers={})


@dataclass(frozen=True)
class _Asked:
    poll_id: UUID
    participant_id: UUID


async def export(settings: Settings, words: Sequence[str]) -> None:
    """Print as JSON all that is stored about a person, but the hash of their link."""
    asked = _asked("export-participant", words)
    async with await open_database(settings) as pool, open_store(pool) as store:
        await _poll(pool, asked)
        state, _ = await folded(store, decider, stream_of(asked.participant_id))
        if isinstance(state, Erased):
            raise SystemExit("They were erased: only that they were there is kept.")
        if not isinstance(state, Joined) or state.poll_id != asked.poll_id:
            raise _unknown_participant()
        facts = await store.read(stream_of(asked.participant_id))
        shown = await _stored(pool, asked) | {"facts": [_fact(fact) for fact in facts]}
    sys.stdout.write(orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode() + "\n")


async def erase(settings: Settings, words: Sequence[str]) -> None:
    """Do what `DELETE` does, and say what that was; a running service sends what comes of it."""
    asked = _asked("erase-participant", words)
    async with await open_database(settings) as pool, open_store(pool) as store:
        seen, now = await _poll(pool, asked)
        try:
            erased = await erase_one(store, asked.poll_id, asked.participant_id, seen, now)
        except decider.UnknownParticipant:
            raise _unknown_participant() from None
    sys.stdout.write(
        f"Participant {asked.participant_id} is erased: profile, answers and groups are gone.\n"
        if erased
        else f"Participant {asked.participant_id} was erased before; nothing changed.\n"
    )


async def erase_one(
    store: EventStore, poll_id: UUID, participant_id: UUID, seen: PollSeen, now: datetime
) -> bool:
    """Whether it was this call that did. Raises `decider.UnknownParticipant`."""
    outcome = await transact(
        store,
        decider,
        stream_of(participant_id),
        Erase(participant_id, seen, now),
        key=str(poll_id),
        answer=lambda _state, _version: _NOTHING,
        metadata={"actor": "operator"},
        within=lambda conn: forget(conn, [participant_id]),
    )
    return bool(outcome.recorded)


def open_store(pool: Pool) -> EventStore:
    return EventStore(pool, source=SOURCE, projections=[refuse_erased, project])


async def known_poll(pool: Pool, poll_id: UUID) -> tuple[PollSeen, datetime] | None:
    """The poll as it is known here, and the time; None where it is not known."""
    async with pool.connection() as conn:
        cursor = await conn.execute(_SQL["poll"], {"poll": poll_id})
        row = await cursor.fetchone()
    if row is None:
        return None
    document, sequence, now = row
    return PollSeen(KnownPoll.model_validate(document), sequence), now


def _asked(command: str, words: Sequence[str]) -> _Asked:
    if len(words) != 2:
        raise SystemExit(f"Say whose: {command} POLL PARTICIPANT.")
    try:
        return _Asked(UUID(words[0]), UUID(words[1]))
    except ValueError:
        raise SystemExit("The ids of a poll and a participant are UUIDs; these are not.") from None


def _unknown_participant() -> SystemExit:
    return SystemExit("There is no such participant in this poll.")


async def _poll(pool: Pool, asked: _Asked) -> tuple[PollSeen, datetime]:
    """Raises `SystemExit` where the poll is not known here."""
    if (known := await known_poll(pool, asked.poll_id)) is not None:
        return known
    async with pool.connection() as conn:
        if await erased_among(conn, [asked.poll_id]):
            raise SystemExit("This poll was erased, with everybody in it.")
    raise SystemExit("There is no such poll.")


async def _stored(pool: Pool, asked: _Asked) -> dict[str, Any]:
    parameters = {"poll": asked.poll_id, "participant": asked.participant_id}
    async with pool.connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SQL["person"], parameters)
        row = await cursor.fetchone()
    if row is None:  # erased a moment ago
        raise _unknown_participant()
    return row


def _fact(recorded: Recorded) -> dict[str, Any]:
    return {
        "type": recorded.fact.TYPE,
        "time": recorded.recorded_at,
        "data": recorded.fact.model_dump(mode="json", exclude=_HASHES),
    }
