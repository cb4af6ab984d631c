"""Edit links: one for whoever joins, and another one for whoever lost or leaked theirs."""

from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from availability import profiles
from availability.bodies import (
    PROFILE_PARTS,
    EditCapability,
    JoinBody,
    JoinedParticipant,
    RotatedLink,
)
from availability.carrying_out import carry_out
from availability.decider import Join, RotateLink, State
from availability.service import Service
from availability.visits import Visit
from chassis.access import hash_of, mint
from chassis.conditional import etag
from chassis.identifiers import uuid7
from chassis.named_sql import load
from chassis.problems import Problem
from contracts.schedules import ParticipantProfile
from eventstore.idempotency import IdempotentRequest
from eventstore.sealing import Answer
from eventstore.transact import Outcome

_SQL = load("availability")
_SECRET = {"Cache-Control": "no-store"}


async def join(
    service: Service, visit: Visit, body: JoinBody, request: IdempotentRequest | None
) -> Outcome[State]:
    """A new participant, whoever else has the same name; the edit capability is shown this once.

    Raises the problem `poll_full`.
    """
    participant_id, token = uuid7(), mint("edit")
    profile = ParticipantProfile(
        version=1,
        poll_id=visit.poll_id,
        participant_id=participant_id,
        **body.model_dump(include=set(PROFILE_PARTS)),
    )

    async def keep_profile(conn: AsyncConnection[TupleRow]) -> None:
        # The poll's key is locked here, so nobody else is counting; this one is not in yet.
        cursor = await conn.execute(_SQL["count_participants"], {"poll": visit.poll_id})
        row = await cursor.fetchone()
        if row is not None and row[0] >= service.settings.max_participants:
            raise Problem("poll_full")
        await profiles.insert(conn, profile)

    def answer(state: State, version: int) -> Answer:
        shown = JoinedParticipant(
            id=participant_id,
            poll_id=visit.poll_id,
            **body.model_dump(include=set(PROFILE_PARTS)),
            role="optional",
            weight=1,
            groups=(),
            answered=False,
            joined_at=visit.now,
            capabilities=EditCapability(edit=token),
            links=EditCapability(edit=_link(service, visit, participant_id, token)),
        )
        path = f"/api/v1/polls/{visit.poll_id}/participants/{participant_id}"
        return Answer(
            status=201,
            body=shown.model_dump_json().encode(),
            headers={"ETag": etag(version + profile.version), "Location": path, **_SECRET},
        )

    command = Join(participant_id, hash_of(token), visit.seen, visit.now)
    return await carry_out(
        service, visit, participant_id, command, answer, request=request, within=keep_profile
    )


async def rotate(
    service: Service, visit: Visit, participant_id: UUID, request: IdempotentRequest | None
) -> Outcome[State]:
    """Another edit capability, shown this once; the one before stops working."""
    token = mint("edit")

    def answer(state: State, version: int) -> Answer:
        shown = RotatedLink(
            participant_id=participant_id,
            capability=token,
            link=_link(service, visit, participant_id, token),
        )
        return Answer(status=200, body=shown.model_dump_json().encode(), headers=_SECRET)

    command = RotateLink(participant_id, hash_of(token), visit.seen, visit.now)
    return await carry_out(service, visit, participant_id, command, answer, request=request)


def _link(service: Service, visit: Visit, participant_id: UUID, token: str) -> str:
    # In the fragment, which no browser sends to anybody; with whose it is, as no answer says so.
    page = f"{service.settings.public_url}/p/{visit.poll_id}"
    return f"{page}#{token}&participant={participant_id}"
