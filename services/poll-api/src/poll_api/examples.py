"""Examples for the API's description; a test sends them and compares."""

from typing import Any

PROPOSAL: dict[str, Any] = {
    "title": "Planning",
    "description": "What we build next quarter",
    "timezone": "Europe/Berlin",
    "window": {"start": "2030-12-02T09:00:00+01:00", "end": "2030-12-03T18:00:00+01:00"},
    "duration": "PT1H",
    "step": "PT15M",
    "daily_hours": {"start": "09:00", "end": "18:00", "days": ["mon", "tue", "wed", "thu", "fri"]},
    "deadline": None,
    "access": "link",
    "invited": [],
    "visibility": {"names": "everyone", "results": "everyone"},
    "rules": {
        "min_available": None,
        "min_percentage": None,
        "groups": [{"name": "leads", "at_least": 1}],
        "buffer": {"before": "PT0S", "after": "PT0S"},
        "auto_finalise": None,
    },
}
PATCH: dict[str, Any] = {"title": "Planning, second try", "deadline": "2030-12-01T12:00:00+01:00"}
ROTATE: dict[str, Any] = {"which": "answer"}
CLAIM: dict[str, Any] = {"organiser": "ct_org_pKzvX2mWq0o9Yb7cR4tLhE1sNdUgJf6aViP3xA5kTMo"}
TRANSFER: dict[str, Any] = {"account_id": "019a6f2c-6b1d-7f0e-8a21-7d5c9be04f31"}
FINALISE: dict[str, Any] = {
    "start": "2030-12-02T10:00:00Z",
    "as_of": {"polls": 1, "schedules": 17},
}

_ID = "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90"
POLL: dict[str, Any] = {
    **PROPOSAL,
    "id": _ID,
    "state": "open",
    "version": 1,
    "created_at": "2030-11-24T10:00:00Z",
    "window": {"start": "2030-12-02T08:00:00Z", "end": "2030-12-03T17:00:00Z"},
    "slots": [
        {"start": "2030-12-02T08:00:00Z", "end": "2030-12-02T17:00:00Z"},
        {"start": "2030-12-03T08:00:00Z", "end": "2030-12-03T17:00:00Z"},
    ],
    "owner": None,
    "event_id": None,
    "decision": None,
    "regret": None,
}
_CAPABILITIES = {
    "organiser": "ct_org_pKzvX2mWq0o9Yb7cR4tLhE1sNdUgJf6aViP3xA5kTMo",
    "answer": "ct_ans_0Zr8DqYw3eKfHnB6uXmC1iVtSgLpO4jAaE7vR9kN2Qc",
}
OPENED_POLL: dict[str, Any] = {
    **POLL,
    "capabilities": _CAPABILITIES,
    "links": {
        name: f"https://time.example.org/p/{_ID}#{capability}"
        for name, capability in _CAPABILITIES.items()
    },
}
ROTATED: dict[str, Any] = {
    "which": "answer",
    "capability": _CAPABILITIES["answer"],
    "link": OPENED_POLL["links"]["answer"],
}
POLLS: dict[str, Any] = {
    "items": [
        {
            "id": _ID,
            "title": POLL["title"],
            "state": "open",
            "created_at": POLL["created_at"],
            "timezone": POLL["timezone"],
            "window": POLL["window"],
            "duration": POLL["duration"],
            "deadline": None,
            "decision": None,
            "event_id": None,
            "owned": True,
        }
    ],
    "next": None,
}
HISTORY: dict[str, Any] = {
    "items": [
        {
            "sequence": 2,
            "type": "commontime.poll.closed.v1",
            "time": "2030-12-01T11:00:00.004211Z",
            "actor": "timer",
            "data": {
                "poll_id": _ID,
                "reason": "deadline",
                "closed_at": "2030-12-01T11:00:00.004211Z",
            },
        }
    ],
    "next": None,
}
