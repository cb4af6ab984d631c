"""Whose endpoints a caller works with.

The admin works with all, an organiser with those of their poll, an account with its own and those
of the polls that it owns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request

from chassis.access import Caller, Operation, Role, permit
from chassis.access_tokens import unauthenticated
from chassis.named_sql import load
from chassis.problems import Problem
from event_lifecycle.credentials import Credential, Shown
from event_lifecycle.service import Service, service_of
from event_lifecycle.visits import Least, caught_up
from event_lifecycle.webhooks.bodies import Scope

_SQL = load("event_lifecycle.webhooks")


@dataclass(frozen=True)
class Owner:
    """Only what is of the poll or the account is there for them; without either it is the admin.

    What they register is of the same.
    """

    poll_id: UUID | None = None
    account_id: UUID | None = None

    @property
    def admin(self) -> bool:
        return self.poll_id is None and self.account_id is None

    @property
    def scope(self) -> Scope:
        if self.poll_id is not None:
            return "poll"
        return "instance" if self.account_id is None else "account"

    @property
    def wanted(self) -> dict[str, Any]:
        """As statements take it."""
        return {"everything": self.admin, "poll": self.poll_id, "account": self.account_id}


async def owner(request: Request, shown: Shown) -> Owner:
    """Dependency of routes about one thing. Raises the problem `not_found` for a stranger."""
    found = await _found(service_of(request), shown)
    if found is None:
        raise Problem("not_found")
    return found


async def lister(
    request: Request,
    shown: Shown,
    least: Least,
    poll_id: Annotated[
        UUID | None, Query(description="Only of this poll; of one just opened, better named")
    ] = None,
) -> Owner:
    """Dependency of lists. Raises the problem `unauthenticated` for a stranger."""
    service = service_of(request)
    if poll_id is not None:
        return await owner_of_poll(service, shown, poll_id, least)
    found = await _found(service, shown)
    if found is None:
        raise unauthenticated("This token opens nothing here.")
    return found


async def owner_of_poll(
    service: Service, shown: Credential, poll_id: UUID, least: Mapping[str, int]
) -> Owner:
    """The owner of a poll's endpoints, also of a poll that this service has not heard of yet.

    Raises the problems `unauthenticated`, `not_found` and `forbidden`.
    """
    _require_any(shown)
    caller = await caught_up(service, poll_id, shown, least)
    if not shown.admin:
        permit(caller, Operation.MANAGE_WEBHOOKS)
    elif await service.inbox.seen("polls", str(poll_id)) == 0:
        raise Problem("not_found")
    return Owner(poll_id)


async def _found(service: Service, shown: Credential) -> Owner | None:
    _require_any(shown)
    if shown.admin:
        return Owner()
    if shown.shown.account_id is not None:
        return Owner(account_id=shown.shown.account_id)
    async with service.pool.connection() as connection:
        cursor = await connection.execute(
            _SQL["whose_capability"], {"token_hash": shown.token_hash}, prepare=True
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    poll_id, role = row
    permit(Caller(Role(role)), Operation.MANAGE_WEBHOOKS)
    return Owner(poll_id)


def _require_any(shown: Credential) -> None:
    if shown.token_hash is None:
        raise unauthenticated(
            "This needs the admin token, an account, or the organiser link of a poll."
        )


Owns = Annotated[Owner, Depends(owner)]
Lists = Annotated[Owner, Depends(lister)]
