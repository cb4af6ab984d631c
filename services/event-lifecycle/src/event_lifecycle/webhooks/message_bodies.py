"""What goes out over HTTP about messages and their types."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.fact import Instant
from contracts.webhooks import EventType
from event_lifecycle.webhooks import examples
from event_lifecycle.webhooks.delivery_bodies import DeliveryState


class MessageDelivery(BaseModel):
    id: int
    endpoint: UUID
    state: DeliveryState
    attempts: int
    error: str | None
    done_at: Instant | None


class Message(BaseModel):
    """`body` is what is sent, byte for byte; `kind` is that of the endpoints it is sent to."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.MESSAGE]})

    id: str = Field(description="The `webhook-id`")
    kind: Literal["webhook", "integration"]
    type: str
    subject: str = Field(description="The id of the event, poll or endpoint it is about")
    poll_id: UUID | None
    created_at: Instant
    body: str
    deliveries: tuple[MessageDelivery, ...] = Field(description="To endpoints that are yours")


class MessagePage(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.MESSAGES]})

    items: tuple[Message, ...]
    next: int | None


class DescribedType(BaseModel):
    """`schema` is a JSON Schema (draft 2020-12) of the body, `example` a body."""

    model_config = ConfigDict(serialize_by_alias=True)

    type: EventType
    description: str
    schema_: dict[str, Any] = Field(alias="schema")
    example: dict[str, Any]


class TypeList(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.EVENT_TYPES]})

    items: tuple[DescribedType, ...]
