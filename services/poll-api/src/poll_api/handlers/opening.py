"""Opens polls: makes their ids and capabilities, and settles what is asked for."""

from uuid import UUID

from chassis.access import hash_of, mint
from chassis.access_tokens import bad_token
from chassis.identifiers import uuid7
from eventstore.idempotency import IdempotentRequest
from eventstore.sealing import Answer
from eventstore.transact import Outcome
from poll_api import decider
from poll_api.accounts.records import exists, note_external
from poll_api.answers import PollSecrets, opened_poll_answer
from poll_api.decider import OpenPoll, Poll, State
from poll_api.details import settled
from poll_api.handlers.transacting import command
from poll_api.proposal import Proposal
from poll_api.service import Service


async def open_poll(
    service: Service, proposal: Proposal, owner: UUID | None, request: IdempotentRequest | None
) -> Outcome[State]:
    """A new poll; its capabilities are in the answer and nowhere else.

    Raises the problem `invalid`, but not where the request was answered while it was valid.
    """
    replay = await service.store.replayed(request) if request else None
    if replay is not None:
        return Outcome(decider.initial(), replay.version, replay.sequence, (), replay.answer, True)
    await _note(service, owner)
    now, poll_id = service.clock(), uuid7()
    capabilities = PollSecrets(organiser=mint("organiser"), answer=mint("answer"))
    opening = OpenPoll(
        poll_id=poll_id,
        details=settled(proposal, now),
        organiser_hash=hash_of(capabilities.organiser),
        answer_hash=hash_of(capabilities.answer),
        now=now,
        owner=owner,
    )

    def answer(state: State, version: int) -> Answer:
        assert isinstance(state, Poll)
        links = PollSecrets(
            organiser=link_to(service, poll_id, capabilities.organiser),
            answer=link_to(service, poll_id, capabilities.answer),
        )
        body = opened_poll_answer(state, capabilities, links).model_dump_json().encode()
        path = f"/api/v1/polls/{poll_id}"
        return Answer(201, body, {"Location": path, "Cache-Control": "no-store"})

    return await command(
        service,
        poll_id,
        opening,
        "owner" if owner else "anyone",
        answer=answer,
        request=request,
        is_new=True,
    )


async def _note(service: Service, owner: UUID | None) -> None:
    """Whoever comes from an OpenID provider need not have been seen here before.

    Raises the problem `unauthenticated` for an account that was deleted and whose token lives on.
    """
    if owner is None:
        return
    async with service.pool.connection() as connection:
        await note_external(connection, owner)
        if not await exists(connection, owner):
            raise bad_token()


def link_to(service: Service, poll_id: UUID, capability: str) -> str:
    """Where the capability opens the poll: behind the `#`, so that it is never sent anywhere."""
    return f"{service.public_url}/p/{poll_id}#{capability}"
