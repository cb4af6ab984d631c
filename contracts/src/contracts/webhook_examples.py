"""A body for each type of message, as a receiver may get it."""

from collections.abc import Mapping
from typing import Any

_EVENT_ID = "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90"
_POLL_ID = "019a6f2b-11f0-7d52-8a6e-90c4be1f3d27"
_ENDPOINT_ID = "019a6f30-5b7c-7e11-a2d4-6c0f8e9b1a35"


def _body(type_: str, timestamp: str, data: Mapping[str, Any], sequence: int) -> dict[str, Any]:
    return {"type": type_, "timestamp": timestamp, "data": data, "sequence": sequence}


_EVENT: dict[str, Any] = {
    "id": _EVENT_ID,
    "poll_id": _POLL_ID,
    "status": "pending",
    "version": 1,
    "tentative": False,
    "title": "Planning",
    "description": None,
    "starts_at": "2030-12-02T10:00:00Z",
    "ends_at": "2030-12-02T11:00:00Z",
    "timezone": "Europe/Berlin",
    "due_at": "2030-12-02T11:00:00Z",
    "completed_by": None,
}
_UPDATED: dict[str, Any] = {**_EVENT, "version": 2, "title": "Planning of the quarter"}
_MOVED: dict[str, Any] = {
    **_UPDATED,
    "version": 3,
    "starts_at": "2030-12-03T10:00:00Z",
    "ends_at": "2030-12-03T11:00:00Z",
    "due_at": "2030-12-03T11:00:00Z",
}
_COMPLETED: dict[str, Any] = {
    **_MOVED,
    "version": 4,
    "status": "completed",
    "completed_by": "timer",
}
_CANCELLED: dict[str, Any] = {**_MOVED, "version": 4, "status": "cancelled"}

EVENT_CREATED = _body("event.created", "2030-11-26T16:20:31.250113Z", _EVENT, 1)
EVENT_UPDATED = _body("event.updated", "2030-11-27T08:01:12.004390Z", _UPDATED, 2)
EVENT_RESCHEDULED = _body("event.rescheduled", "2030-11-28T09:44:05.871002Z", _MOVED, 3)
EVENT_COMPLETED = _body("event.completed", "2030-12-03T11:00:00.004211Z", _COMPLETED, 4)
EVENT_CANCELLED = _body("event.cancelled", "2030-12-01T07:30:59.660241Z", _CANCELLED, 4)

_POLL: dict[str, Any] = {
    "id": _POLL_ID,
    "state": "open",
    "title": "Planning",
    "description": None,
    "timezone": "Europe/Berlin",
    "window": {"start": "2030-12-02T08:00:00Z", "end": "2030-12-06T17:00:00Z"},
    "duration": "PT1H",
    "deadline": "2030-11-26T16:00:00Z",
}
_CLOSED: dict[str, Any] = {**_POLL, "state": "closed", "reason": "deadline"}
_FINALISED: dict[str, Any] = {
    **_POLL,
    "state": "finalised",
    "start": "2030-12-02T10:00:00Z",
    "end": "2030-12-02T11:00:00Z",
    "event_id": _EVENT_ID,
    "automatic": False,
}
_REGRET: dict[str, Any] = {
    **_POLL,
    "state": "finalised",
    "start": "2030-12-02T10:00:00Z",
    "end": "2030-12-02T11:00:00Z",
    "better": {"start": "2030-12-03T10:00:00Z", "end": "2030-12-03T11:00:00Z"},
    "people": 2,
}

POLL_OPENED = _body("poll.opened", "2030-11-24T10:00:00.123456Z", _POLL, 1)
POLL_CLOSED = _body("poll.closed", "2030-11-26T16:00:00.003128Z", _CLOSED, 2)
POLL_FINALISED = _body("poll.finalised", "2030-11-26T16:20:31.198754Z", _FINALISED, 3)
POLL_REGRET = _body("poll.regret", "2030-11-27T12:15:40.520983Z", _REGRET, 4)

_DISABLED: dict[str, Any] = {
    "id": _ENDPOINT_ID,
    "description": "Calendar of the team",
    "host": "example.com",
    "scope": "instance",
    "poll_id": None,
    "reason": "gone",
    "disabled_at": "2030-11-29T03:10:44.910002Z",
}
_TESTED: dict[str, Any] = {"id": _ENDPOINT_ID, "description": "Calendar of the team"}

ENDPOINT_DISABLED = _body("endpoint.disabled", "2030-11-29T03:10:44.910002Z", _DISABLED, 2)
ENDPOINT_TEST = _body("endpoint.test", "2030-11-24T10:00:07.551820Z", _TESTED, 1)
