"""A delivery on its way: as a claim found it, and with what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from event_lifecycle.webhooks.breaker import Held
from event_lifecycle.webhooks.retry import Attempt, Verdict

Fate = Literal["sent", "behind", "used_up", "buried"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that a claim came across. With the fate `sent` it is ours until its lease ends.

    `attempts` counts all, `in_round` those since it was last begun anew; both with the one about
    to begin. `behind`: an earlier one about its subject comes first. `used_up`: each time the
    process died. `buried`: its endpoint is disabled.
    """

    fate: Fate
    id: int
    attempts: int
    in_round: int
    endpoint: UUID
    ordering: str
    probe: bool
    breaker_opened: int
    failing_since: datetime | None
    url: str
    rate: int | None
    secret_sealed: bytes | None
    previous_secret_sealed: bytes | None
    n: int
    body: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """`held`: how long its endpoint is to be left alone because of it."""

    delivery: Claimed
    attempt: Attempt
    verdict: Verdict
    held: Held | None = None
