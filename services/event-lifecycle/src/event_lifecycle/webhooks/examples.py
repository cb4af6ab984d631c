"""Answers about webhooks, as the API's description shows them."""

from typing import Any

from contracts.webhook_examples import ENDPOINT_TEST

_ENDPOINT = "019a6f30-5b7c-7e11-a2d4-6c0f8e9b1a35"
_EVENT = "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90"

ENDPOINT_BODY: dict[str, Any] = {
    "url": "https://example.com/hooks",
    "types": ["event.completed", "event.cancelled"],
    "description": "The room's door display",
}
ENDPOINT_PATCH: dict[str, Any] = {"types": ["event.completed"], "ordering": "per_event"}
ENDPOINT: dict[str, Any] = {
    "id": _ENDPOINT,
    "scope": "instance",
    "poll_id": None,
    "account_id": None,
    "kind": "webhook",
    "url": "https://example.com/hooks",
    "description": "The room's door display",
    "types": ["event.completed"],
    "ordering": "none",
    "rate": None,
    "state": "enabled",
    "disabled_reason": None,
    "breaker": "closed",
    "breaker_until": None,
    "failing_since": None,
    "rotating_until": None,
    "version": 1,
    "created_at": "2030-11-24T10:00:00.123456Z",
    "updated_at": "2030-11-24T10:00:00.123456Z",
}
NEW_ENDPOINT: dict[str, Any] = {
    **ENDPOINT,
    "secret": "whsec_3uKp0yWm5Rj8Xb1cVt6nQe9sZh2dLf7aGi4oTk0wPxE=",
}
ENDPOINTS: dict[str, Any] = {"items": [ENDPOINT], "next": None}
STATS: dict[str, Any] = {
    "pending": 1,
    "oldest_pending_at": "2030-12-02T11:00:00.004211Z",
    "state": "enabled",
    "breaker": "closed",
    "breaker_until": None,
    "failing_since": "2030-12-02T11:00:00.049511Z",
    "rate": 50,
    "last_hour": {
        "pending": 1,
        "delivered": 3,
        "dead": 0,
        "attempts": {"delivered": 3, "status_503": 1},
        "success_rate": 0.75,
        "latency_ms_p50": 12,
        "latency_ms_p95": 41,
    },
    "last_day": {
        "pending": 1,
        "delivered": 3,
        "dead": 0,
        "attempts": {"delivered": 3, "status_503": 1},
        "success_rate": 0.75,
        "latency_ms_p50": 12,
        "latency_ms_p95": 41,
    },
}

DELIVERY: dict[str, Any] = {
    "id": 4711,
    "endpoint": _ENDPOINT,
    "message": "msg_1903",
    "type": "event.completed",
    "subject": _EVENT,
    "state": "delivered",
    "attempts": 2,
    "next_attempt_at": None,
    "error": None,
    "created_at": "2030-12-02T11:00:00.004211Z",
    "done_at": "2030-12-02T11:00:05.310977Z",
    "headers": {
        "content-type": "application/json",
        "user-agent": "Commontime-Webhooks/1",
        "webhook-id": "msg_1903",
    },
    "body": '{"type":"event.completed","timestamp":"2030-12-02T11:00:00.004211Z","data":'
    f'{{"id":"{_EVENT}","poll_id":null,"status":"completed","version":2,"tentative":false,'
    '"title":"Planning","description":null,"starts_at":"2030-12-02T10:00:00Z",'
    '"ends_at":"2030-12-02T11:00:00Z","timezone":"Europe/Berlin",'
    '"due_at":"2030-12-02T11:00:00Z","completed_by":"timer"},"sequence":2}',
}
DELIVERIES: dict[str, Any] = {"items": [DELIVERY], "next": None}
ATTEMPTS: dict[str, Any] = {
    "items": [
        {
            "n": 1,
            "at": "2030-12-02T11:00:00.008400Z",
            "timestamp": 1922439600,
            "status": 503,
            "ms": 41,
            "error": "status_503",
            "response_excerpt": "try again later",
        },
        {
            "n": 2,
            "at": "2030-12-02T11:00:05.212003Z",
            "timestamp": 1922439605,
            "status": 204,
            "ms": 12,
            "error": None,
            "response_excerpt": "",
        },
    ]
}
RECOVER_BODY: dict[str, Any] = {"since": "2030-12-01T00:00:00Z", "deliveries": "failed"}
RECOVERED: dict[str, Any] = {
    "since": "2030-12-01T00:00:00Z",
    "until": "2030-12-02T11:30:00.310977Z",
    "queued": 17,
}

MESSAGE: dict[str, Any] = {
    "id": "msg_1903",
    "kind": "webhook",
    "type": "event.completed",
    "subject": _EVENT,
    "poll_id": None,
    "created_at": DELIVERY["created_at"],
    "body": DELIVERY["body"],
    "deliveries": [
        {
            "id": 4711,
            "endpoint": _ENDPOINT,
            "state": "delivered",
            "attempts": 2,
            "error": None,
            "done_at": "2030-12-02T11:00:05.310977Z",
        }
    ],
}
MESSAGES: dict[str, Any] = {"items": [MESSAGE], "next": None}
EVENT_TYPES: dict[str, Any] = {
    "items": [
        {
            "type": "endpoint.test",
            "description": "The endpoint's owner asked for a test.",
            "schema": {"type": "object", "title": "endpoint.test"},
            "example": ENDPOINT_TEST,
        }
    ]
}
