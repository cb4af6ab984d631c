"""What comes in and goes out over HTTP about endpoints."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
)
from pydantic_core import PydanticCustomError

from chassis.bodies import Note, StrictBody
from contracts.fact import Instant
from contracts.webhooks import EventType
from event_lifecycle.webhooks import examples
from event_lifecycle.webhooks.addresses import MAX_URL_CHARACTERS

Scope = Literal["instance", "poll", "account"]
Ordering = Literal["none", "per_event"]
EndpointState = Literal["enabled", "disabled"]
Breaker = Literal["closed", "open", "half_open"]

_Url = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_URL_CHARACTERS),
    Field(description=f"https, and of a public host; at most {MAX_URL_CHARACTERS} characters"),
]
_Description = Annotated[Note, Field(description="For people; at most 500 characters")]


def _once_each(types: tuple[EventType, ...]) -> tuple[EventType, ...]:
    return tuple(dict.fromkeys(types))


_Types = Annotated[
    tuple[EventType, ...],
    Field(max_length=50, description="None means all, also types to come"),
    AfterValidator(_once_each),
]
_Rate = Annotated[
    int,
    Field(ge=1, description="Deliveries a second at most; the instance's own rate bounds it"),
]
_ORDERING = Field(
    description="`per_event`: of what is about one event or poll, the next is sent when the one "
    "before has arrived or is given up"
)


class EndpointBody(StrictBody):
    """With `poll_id` the endpoint is the poll's and hears of this poll and its event alone.

    Without it, it is the account's whose access token registers it and hears of the polls that the
    account owns and their events; registered with the admin token, it hears of everything.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ENDPOINT_BODY]})

    url: _Url
    poll_id: UUID | None = None
    description: _Description | None = None
    types: _Types = ()
    ordering: Annotated[Ordering, _ORDERING] = "none"
    rate: _Rate | None = None


class EndpointPatch(StrictBody):
    """A JSON merge patch: what is left out stays, null removes description and rate."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ENDPOINT_PATCH]})

    url: _Url | None = None
    description: _Description | None = None
    types: _Types | None = None
    ordering: Annotated[Ordering, _ORDERING] | None = None
    rate: _Rate | None = None

    @field_validator("url", "types", "ordering", mode="before")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise PydanticCustomError("null", "must not be null; leave it out to keep it")
        return value


class Endpoint(BaseModel):
    """`kind` is `integration` for the partner of the setting NOTIFY_URL."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [examples.ENDPOINT]})

    id: UUID
    scope: Scope
    poll_id: UUID | None
    account_id: UUID | None = Field(description="Whose it is in the scope `account`")
    kind: Literal["webhook", "integration"]
    url: str
    description: str | None
    types: tuple[str, ...]
    ordering: Ordering
    rate: int | None = Field(description="Null: the instance's")
    state: EndpointState
    disabled_reason: str | None = Field(description="`by_hand`, or what its answers came to")
    breaker: Breaker = Field(description="Open: it is left in peace because attempts failed")
    breaker_until: Instant | None = Field(description="When one attempt tries whether it is well")
    failing_since: Instant | None = Field(description="The first failure since the last success")
    rotating_until: Instant | None = Field(description="Until then the former secret signs too")
    version: int = Field(description="Of what its owner changes; begins the ETag")
    created_at: Instant
    updated_at: Instant


class NewEndpoint(Endpoint):
    """As `Endpoint`, with its new secret, this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.NEW_ENDPOINT]})

    secret: str = Field(description="For verifying `webhook-signature`; not shown again")


class EndpointPage(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.ENDPOINTS]})

    items: tuple[Endpoint, ...]
    next: UUID | None


class StatsOfSpan(BaseModel):
    """`attempts` of this span by what came of them, `delivered` or what they failed of."""

    pending: int
    delivered: int
    dead: int
    attempts: dict[str, int]
    success_rate: float | None = Field(description="Of all attempts, from 0 to 1; null: none made")
    latency_ms_p50: int | None
    latency_ms_p95: int | None


class EndpointStats(BaseModel):
    """Of an endpoint with more deliveries than are looked at, the newest."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.STATS]})

    pending: int
    oldest_pending_at: Instant | None
    state: EndpointState
    breaker: Breaker
    breaker_until: Instant | None
    failing_since: Instant | None
    rate: int = Field(description="Deliveries a second at most, as it is in force")
    last_hour: StatsOfSpan
    last_day: StatsOfSpan
