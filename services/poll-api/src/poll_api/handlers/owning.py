"""New links for a poll, and other hands."""

from typing import Protocol
from uuid import UUID

from chassis.access import hash_of, mint, permit_transfer
from chassis.clock import Clock
from chassis.database import Pool
from chassis.named_sql import load
from chassis.problems import FieldError, invalid
from eventstore.idempotency import IdempotentRequest
from eventstore.sealing import Answer
from eventstore.transact import Outcome
from poll_api.answers import RotatedLink
from poll_api.decider import ClaimPoll, DisownPoll, RotateLink, State, TransferPoll
from poll_api.handlers.opening import link_to
from poll_api.handlers.transacting import Storing, command, nothing_to_say
from poll_api.ownership import Which
from poll_api.service import Service
from poll_api.visits import Visit

_SQL = load("poll_api")
_AT_ONCE = 100


class Disowning(Storing, Protocol):
    """What is needed to take an account's polls from it."""

    @property
    def pool(self) -> Pool: ...
    @property
    def clock(self) -> Clock: ...


async def rotate(
    service: Service, visit: Visit, which: Which, request: IdempotentRequest | None
) -> Outcome[State]:
    """Replace a link; the new one is in the answer and nowhere else."""
    poll, capability = visit.poll, mint(which)
    rotating = RotateLink(
        which=which,
        replaces=poll.organiser_hash if which == "organiser" else poll.answer_hash,
        token_hash=hash_of(capability),
        now=visit.now,
    )

    def answer(_state: State, _version: int) -> Answer:
        link = link_to(service, poll.poll_id, capability)
        body = RotatedLink(which=which, capability=capability, link=link).model_dump_json()
        return Answer(200, body.encode(), {"Cache-Control": "no-store"})

    return await command(
        service, poll.poll_id, rotating, visit.actor, answer=answer, request=request
    )


async def claim(
    service: Service, visit: Visit, account_id: UUID, request: IdempotentRequest | None
) -> Outcome[State]:
    """Make the account the owner of the poll whose organiser's link it came with."""
    claiming = ClaimPoll(account_id, visit.now)
    return await command(service, visit.poll.poll_id, claiming, visit.actor, request=request)


async def transfer(
    service: Service, visit: Visit, to: UUID, request: IdempotentRequest | None
) -> Outcome[State]:
    """Hand the poll over. Raises the problems `forbidden` and `invalid`."""
    owner = permit_transfer(visit.shown, visit.poll)
    if not await _is_account(service, to):
        raise invalid(FieldError("/account_id", "unknown_account", "there is no such account"))
    transferring = TransferPoll(owner, to, visit.now)
    return await command(service, visit.poll.poll_id, transferring, visit.actor, request=request)


async def disown(service: Disowning, account_id: UUID) -> int:
    """Leave every poll of an account that is going without an owner; return how many there were.

    Their organisers' links go on working. What was done before it failed needs no repeating.
    """
    disowned = 0
    while poll_ids := await _owned(service, account_id):
        for poll_id in poll_ids:
            now = service.clock()
            disowning = DisownPoll(account_id, now)
            await command(service, poll_id, disowning, "owner", answer=nothing_to_say)
        disowned += len(poll_ids)
    return disowned


async def _owned(service: Disowning, account_id: UUID) -> list[UUID]:
    async with service.pool.connection() as connection:
        cursor = await connection.execute(
            _SQL["owned_polls"], {"owner": account_id, "limit": _AT_ONCE}
        )
        return [poll_id for (poll_id,) in await cursor.fetchall()]


async def _is_account(service: Service, account_id: UUID) -> bool:
    async with service.pool.connection() as connection:
        cursor = await connection.execute(_SQL["is_account"], {"account_id": account_id})
        return await cursor.fetchone() is not None
