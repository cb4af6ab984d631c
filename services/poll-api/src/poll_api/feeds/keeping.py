"""The feeds themselves: one per account, opened by a token of which only the hash is kept."""

import re
from dataclasses import dataclass
from secrets import token_urlsafe
from uuid import UUID

from chassis.access import hash_of
from chassis.access_tokens import bad_token
from chassis.database import Pool
from chassis.named_sql import load
from poll_api.accounts.records import Connection
from poll_api.feeds.bodies import Feed, NewFeed

_PREFIX = "ct_fed_"
_TOKEN = re.compile(rf"{_PREFIX}[\w-]{{43}}", re.ASCII)
_SQL = load("poll_api.feeds")


@dataclass(frozen=True)
class OpenFeed:
    """Whose feed a token opens."""

    account_id: UUID
    holds: bool


async def make_feed(
    connection: Connection, account_id: UUID, holds: bool, public_url: str
) -> NewFeed:
    """Give the account a feed, in place of the one it has. Raises the problem `unauthenticated`."""
    token = _PREFIX + token_urlsafe(32)
    parameters = {"account_id": account_id, "token_hash": hash_of(token), "holds": holds}
    cursor = await connection.execute(_SQL["put_feed"], parameters)
    row = await cursor.fetchone()
    if row is None:
        # Deleted at this very moment.
        raise bad_token()
    link = f"{public_url}/api/v1/feeds/{token}.ics"
    return NewFeed(holds=holds, created_at=row[0], capability=token, link=link)


async def read_feed(pool: Pool, account_id: UUID) -> Feed | None:
    async with pool.connection() as connection:
        cursor = await connection.execute(_SQL["read_feed"], {"account_id": account_id})
        row = await cursor.fetchone()
    return None if row is None else Feed(holds=row[0], created_at=row[1])


async def drop_feed(pool: Pool, account_id: UUID) -> bool:
    """Whether there was one; its link opens nothing any more."""
    async with pool.connection() as connection:
        cursor = await connection.execute(_SQL["drop_feed"], {"account_id": account_id})
    return cursor.rowcount > 0


async def find_feed(pool: Pool, token: str) -> OpenFeed | None:
    if not _TOKEN.fullmatch(token):
        return None
    async with pool.connection() as connection:
        parameters = {"token_hash": hash_of(token)}
        cursor = await connection.execute(_SQL["find_feed"], parameters, prepare=True)
        row = await cursor.fetchone()
    return None if row is None else OpenFeed(*row)
