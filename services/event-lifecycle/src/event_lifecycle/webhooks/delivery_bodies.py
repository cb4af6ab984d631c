"""What comes in and goes out over HTTP about deliveries."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.bodies import Instant as GivenInstant
from chassis.bodies import StrictBody
from contracts.fact import Instant
from event_lifecycle.webhooks import examples

DeliveryState = Literal["pending", "delivered", "dead"]

LONGEST_SPAN = timedelta(days=30)


class Delivery(BaseModel):
    """`body` is what is sent, byte for byte, and `headers` those that are the same each time."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.DELIVERY]})

    id: int
    endpoint: UUID
    message: str = Field(description="The `webhook-id`: the same however often it is sent")
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    next_attempt_at: Instant | None = Field(description="Null when nothing more will be sent")
    error: str | None = Field(description="What the last attempt failed of, or why none is made")
    created_at: Instant
    done_at: Instant | None
    headers: dict[str, str]
    body: str


class DeliveryPage(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.DELIVERIES]})

    items: tuple[Delivery, ...]
    next: int | None


class DeliveryAttempt(BaseModel):
    """`status` is null where no answer came; `error` is null where it was accepted."""

    n: int
    at: Instant
    timestamp: int = Field(description="The `webhook-timestamp` that was sent and signed")
    status: int | None
    ms: int
    error: str | None
    response_excerpt: str


class AttemptList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.ATTEMPTS]})

    items: tuple[DeliveryAttempt, ...]


class RecoverBody(StrictBody):
    """Of messages made from `since` until `until` (now), those that failed, or all of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.RECOVER_BODY]})

    since: GivenInstant
    until: GivenInstant | None = None
    deliveries: Literal["failed", "all"] = "failed"


class Recovered(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.RECOVERED]})

    since: Instant
    until: Instant
    queued: int = Field(description="So many deliveries are sent again")
