"""Takes in which time leads each poll. At least once; the inbox drops what was seen before."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from chassis.named_sql import load
from contracts.recommendations import PollRecommendations
from inbox.inbox import NeverApplies
from inbox.sources import ReceivedState

_SQL = load("poll_api.feeds")


async def take_in(connection: AsyncConnection[TupleRow], received: Sequence[ReceivedState]) -> None:
    """States of several polls, one of each; of an erased poll nothing stays."""
    leading: dict[UUID, tuple[datetime | None, datetime | None]] = {}
    erased: list[UUID] = []
    for one in received:
        if isinstance(one.state, PollRecommendations):
            leading[_poll_of(one, one.state)] = _leading(one.state)
        elif one.state is None:
            erased.append(UUID(one.key))
    if leading:
        columns = {
            "poll_ids": list(leading),
            "starts": [start for start, _ in leading.values()],
            "ends": [end for _, end in leading.values()],
        }
        await connection.execute(_SQL["lead"], columns)
    if erased:
        await connection.execute(_SQL["forget_leading"], {"poll_ids": erased})


def _poll_of(received: ReceivedState, state: PollRecommendations) -> UUID:
    if received.key != str(state.poll_id):
        raise NeverApplies("its key names another poll")
    return state.poll_id


def _leading(state: PollRecommendations) -> tuple[datetime | None, datetime | None]:
    """A time at which nobody is there leads nothing."""
    best = next((one for one in state.leading if one.available > 0), None)
    return (None, None) if best is None else (best.start, best.end)
