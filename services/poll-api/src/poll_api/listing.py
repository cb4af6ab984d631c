"""Reads the polls of an account: those it owns and those that invite it, newest first."""

from uuid import UUID

from chassis.named_sql import load
from poll_api.answers import PollPage, poll_page
from poll_api.projections import DOCUMENT
from poll_api.service import Service

_SQL = load("poll_api")


async def polls_of(service: Service, account_id: UUID, after: UUID | None, limit: int) -> PollPage:
    """`after` is the last poll of the page before."""
    parameters = {"account_id": account_id, "after": after, "limit": limit + 1}
    async with service.pool.connection() as connection:
        cursor = await connection.execute(_SQL["polls_of_account"], parameters, prepare=True)
        rows = await cursor.fetchall()
    return poll_page([(DOCUMENT.validate_json(text), owned) for text, owned in rows], limit)
