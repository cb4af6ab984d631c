"""What comes in and goes out over HTTP about webhooks."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chassis.bodies import StrictBody
from contracts.fact import Instant
from event_lifecycle.webhooks import examples
from event_lifecycle.webhooks.addresses import MAX_URL_CHARACTERS

EventType = Literal[
    "event.created", "event.updated", "event.rescheduled", "event.completed", "event.cancelled"
]
EndpointState = Literal["enabled", "disabled"]
DeliveryState = Literal["pending", "delivered", "dead"]


class EndpointBody(StrictBody):
    """Without `types`, or with none, the endpoint hears of everything, also of types to come."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://example.com/hooks", "types": ["event.completed"]}]
        }
    )

    url: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_URL_CHARACTERS)
    ]
    types: Annotated[tuple[EventType, ...], Field(max_length=20)] = ()


class Endpoint(BaseModel):
    """`kind` is `integration` for the partner of the setting NOTIFY_URL."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [examples.ENDPOINT]})

    id: UUID
    kind: Literal["webhook", "integration"]
    url: str
    types: tuple[str, ...]
    state: EndpointState
    disabled_reason: str | None
    version: int = Field(description="Also the ETag")
    created_at: Instant
    updated_at: Instant


class NewEndpoint(Endpoint):
    """As `Endpoint`, with the secret, this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.NEW_ENDPOINT]})

    secret: str = Field(description="For verifying `webhook-signature`; not shown again")


class EndpointPage(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.ENDPOINTS]})

    items: tuple[Endpoint, ...]
    next: UUID | None


class Delivery(BaseModel):
    """`body` is what is sent, byte for byte, with `message` as its `webhook-id`."""

    id: int
    endpoint: UUID
    message: str
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    next_attempt_at: Instant | None = Field(description="Null when nothing more will be sent")
    created_at: Instant
    done_at: Instant | None
    body: str


class DeliveryPage(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.DELIVERIES]})

    items: tuple[Delivery, ...]
    next: int | None


class DeliveryAttempt(BaseModel):
    """`status` is null where no answer came; `error` is null where it was accepted."""

    n: int
    at: Instant
    status: int | None
    ms: int
    error: str | None
    response_excerpt: str


class AttemptList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.ATTEMPTS]})

    items: tuple[DeliveryAttempt, ...]


def delivery(
    id_: int,
    endpoint: UUID,
    n: int,
    type_: str,
    subject: str,
    state: DeliveryState,
    attempts: int,
    next_at: datetime,
    created_at: datetime,
    done_at: datetime | None,
    body: bytes,
) -> Delivery:
    """A row of `list_deliveries`."""
    return Delivery(
        id=id_,
        endpoint=endpoint,
        message=f"msg_{n}",
        type=type_,
        subject=subject,
        state=state,
        attempts=attempts,
        next_attempt_at=next_at if state == "pending" else None,
        created_at=created_at,
        done_at=done_at,
        body=body.decode(),
    )
