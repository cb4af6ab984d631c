"""What was told, and to whom, as an endpoint's owner sees it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from chassis.database import Pool
from chassis.named_sql import load
from event_lifecycle.webhooks.message_bodies import Message, MessagePage
from event_lifecycle.webhooks.owners import Owner
from event_lifecycle.webhooks.refusals import UnknownMessage
from event_lifecycle.webhooks.signing import message_id

_SQL = load("event_lifecycle.webhooks", "messages.sql")


@dataclass(frozen=True)
class MessageFilter:
    """What of the log is wanted; `n` is a message's number, `after` that of the page before."""

    n: int | None = None
    type: str | None = None
    subject: str | None = None
    since: datetime | None = None
    after: int | None = None
    limit: int = 1


async def read_messages(pool: Pool, owner: Owner, wanted: MessageFilter) -> MessagePage:
    rows = await _rows(pool, owner, {**asdict(wanted), "limit": wanted.limit + 1})
    page = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    return MessagePage(items=tuple(map(_message, page)), next=page[-1]["n"] if more else None)


async def read_message(pool: Pool, owner: Owner, n: int) -> Message:
    """Raises `UnknownMessage`."""
    rows = await _rows(pool, owner, asdict(MessageFilter(n=n)))
    if not rows:
        raise UnknownMessage
    return _message(rows[0])


def _message(row: dict[str, Any]) -> Message:
    return Message.model_validate({**row, "id": message_id(row["n"])})


async def _rows(pool: Pool, owner: Owner, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    async with (
        pool.connection() as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        await cursor.execute(_SQL["list_messages"], {**wanted, **owner.wanted})
        return await cursor.fetchall()
