"""Answers about events, as the API's description shows them: one that came out of a poll."""

from typing import Any

_ID = "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90"
_POLL = "019a6f2b-11f0-7d52-8a6e-90c4be1f3d27"
_COMPLETION = {"mode": "at_end", "delay": "PT10S"}

EVENT: dict[str, Any] = {
    "id": _ID,
    "poll_id": _POLL,
    "status": "completed",
    "tentative": False,
    "title": "Planning",
    "description": None,
    "starts_at": "2030-12-02T10:00:00Z",
    "ends_at": "2030-12-02T11:00:00Z",
    "timezone": "Europe/Berlin",
    "completion": _COMPLETION,
    "due_at": "2030-12-02T11:00:00Z",
    "version": 2,
    "created_at": "2030-11-24T10:00:00.123456Z",
    "updated_at": "2030-12-02T11:00:00.004211Z",
    "completed_at": "2030-12-02T11:00:00.004211Z",
    "completed_by": "timer",
    "cancelled_at": None,
}
EVENTS: dict[str, Any] = {"items": [EVENT], "next": None}
HISTORY: dict[str, Any] = {
    "items": [
        {
            "sequence": 2,
            "type": "commontime.event.completed.v1",
            "recorded_at": "2030-12-02T11:00:00.005118Z",
            "data": {
                "event_id": _ID,
                "by": "timer",
                "completed_at": "2030-12-02T11:00:00.004211Z",
            },
        }
    ],
    "next": None,
}
