"""What is in an account's feed: what its polls decided, and what they might decide.

An undecided poll tells its leading time to those alone who may see its results.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from calendars.meeting import Meeting, uid_of
from chassis.access import Credential, may_see_results, recognise
from chassis.database import Pool
from chassis.named_sql import load
from poll_api.decider import Poll
from poll_api.projections import DOCUMENT

# The latest meetings come first: those that are over go when there are more.
MOST_ENTRIES = 200
_SQL = load("poll_api.feeds")


@dataclass(frozen=True)
class _Leading:
    """`moves` grows whenever the time changes."""

    moves: int
    starts_at: datetime | None
    ends_at: datetime | None
    changed_at: datetime | None


async def meetings_of(
    pool: Pool, account_id: UUID, holds: bool, public_url: str
) -> Sequence[Meeting]:
    """Latest first, at most `MOST_ENTRIES`."""
    wanted = {"account_id": account_id, "holds": holds, "limit": MOST_ENTRIES}
    async with pool.connection() as connection:
        cursor = await connection.execute(_SQL["feed_polls"], wanted, prepare=True)
        rows = await cursor.fetchall()
    meetings = (
        _meeting(
            account_id, DOCUMENT.validate_json(document), changed_at, _Leading(*leading), public_url
        )
        for document, changed_at, *leading in rows
    )
    return [meeting for meeting in meetings if meeting is not None]


def _meeting(
    account_id: UUID, poll: Poll, changed_at: datetime, leading: _Leading, public_url: str
) -> Meeting | None:
    """The entry keeps the event's id once there is one, so that it moves and stays one."""
    if poll.decision is not None:
        starts_at, ends_at = poll.decision.start, poll.decision.end
    elif leading.starts_at is not None and leading.changed_at and _sees_results(account_id, poll):
        starts_at, ends_at = leading.starts_at, leading.ends_at
        changed_at = max(changed_at, leading.changed_at)
    else:
        return None
    return Meeting(
        uid=uid_of(str(poll.event_id or f"hold-{poll.poll_id}"), public_url),
        # Both parts only grow, so it does, from one decision to the next and in between.
        sequence=poll.version + leading.moves,
        status="CONFIRMED" if poll.decision else "TENTATIVE",
        starts_at=starts_at,
        ends_at=ends_at,
        title=poll.details.title,
        description=poll.details.description,
        url=f"{public_url}/p/{poll.poll_id}",
        created_at=poll.opened_at,
        changed_at=changed_at,
    )


def _sees_results(account_id: UUID, poll: Poll) -> bool:
    caller = recognise(Credential(account_id=account_id), poll, None)
    results = poll.details.visibility.results
    return caller is not None and may_see_results(caller, results, poll.state.value)
