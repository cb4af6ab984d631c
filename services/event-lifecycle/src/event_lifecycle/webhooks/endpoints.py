"""Who is told: endpoints as their owners see, change and delete them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from chassis.database import Pool
from chassis.identifiers import uuid7
from chassis.named_sql import load
from event_lifecycle.webhooks.bodies import Endpoint, EndpointPage
from event_lifecycle.webhooks.owners import Owner
from event_lifecycle.webhooks.refusals import EndpointOfSettings, UnknownEndpoint
from event_lifecycle.webhooks.repeating import forget
from eventstore.once import Connection
from eventstore.transact import VersionMismatch

_SQL = load("event_lifecycle.webhooks")
_REVISABLE = ("url", "description", "types", "ordering", "rate")


@dataclass(frozen=True)
class Locked:
    """An endpoint that nobody else changes until the transaction ends."""

    id: UUID
    kind: str
    version: int
    state: str
    url: str
    description: str | None
    types: list[str]
    ordering: str
    rate: int | None

    def require_webhook(self) -> None:
        """Raises `EndpointOfSettings`."""
        if self.kind != "webhook":
            raise EndpointOfSettings


async def set_integration(pool: Pool, url: str | None) -> None:
    """Have the partner of the setting NOTIFY_URL, and no other; replicas may do so at once."""
    async with pool.connection() as connection:
        if url is None:
            await connection.execute(_SQL["drop_integration"])
        else:
            await connection.execute(_SQL["set_integration"], {"id": uuid7(), "url": url})


async def read_endpoints(pool: Pool, owner: Owner, after: UUID | None, limit: int) -> EndpointPage:
    async with pool.connection() as connection:
        rows = await _read(connection, owner, after=after, limit=limit + 1)
    page = rows[:limit]
    return EndpointPage(items=tuple(page), next=page[-1].id if len(rows) > limit else None)


async def read_endpoint(pool: Pool, endpoint_id: UUID, owner: Owner) -> Endpoint:
    """Raises `UnknownEndpoint`."""
    async with pool.connection() as connection:
        return await endpoint_on(connection, endpoint_id, owner)


async def endpoint_on(connection: Connection, endpoint_id: UUID, owner: Owner) -> Endpoint:
    """As it is within the transaction. Raises `UnknownEndpoint`."""
    rows = await _read(connection, owner, id=endpoint_id)
    if not rows:
        raise UnknownEndpoint
    return rows[0]


async def lock_endpoint(
    connection: Connection, endpoint_id: UUID, owner: Owner, version: int | None = None
) -> Locked:
    """Raises `UnknownEndpoint`, and `VersionMismatch` where it is not at `version`."""
    async with connection.cursor(row_factory=class_row(Locked)) as cursor:
        await cursor.execute(
            _SQL["lock_endpoint"], {"id": endpoint_id, **owner.wanted}, prepare=True
        )
        locked = await cursor.fetchone()
    if locked is None:
        raise UnknownEndpoint
    if version not in (None, locked.version):
        raise VersionMismatch(locked.version)
    return locked


async def revise_endpoint(
    pool: Pool, endpoint_id: UUID, owner: Owner, changes: Mapping[str, Any], version: int | None
) -> Endpoint:
    """Raises as `lock_endpoint`, and `EndpointOfSettings`."""
    async with pool.connection() as connection, connection.transaction():
        locked = await lock_endpoint(connection, endpoint_id, owner, version)
        locked.require_webhook()
        before = {name: getattr(locked, name) for name in _REVISABLE}
        after = {**before, **changes}
        if after != before:
            await connection.execute(_SQL["revise_endpoint"], {"id": endpoint_id, **after})
        return await endpoint_on(connection, endpoint_id, owner)


async def delete_endpoint(pool: Pool, endpoint_id: UUID, owner: Owner, version: int | None) -> None:
    """Delete it with its log. Raises as `revise_endpoint`."""
    async with pool.connection() as connection, connection.transaction():
        locked = await lock_endpoint(connection, endpoint_id, owner, version)
        locked.require_webhook()
        await forget(connection, endpoint_id)
        await connection.execute(_SQL["delete_endpoint"], {"id": endpoint_id})


async def _read(
    connection: Connection,
    owner: Owner,
    *,
    id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 1,
) -> list[Endpoint]:
    async with connection.cursor(row_factory=class_row(Endpoint)) as cursor:
        wanted = {"id": id, **owner.wanted, "after": after, "limit": limit}
        await cursor.execute(_SQL["list_endpoints"], wanted)
        return await cursor.fetchall()
