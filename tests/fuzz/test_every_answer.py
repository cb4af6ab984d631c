"""What every answer of every route carries, whoever asks, and however it ends."""

import re
from collections.abc import Iterator

import httpx
import pytest

from standalone.testing import Instance

pytestmark = pytest.mark.infrastructure

OF_THE_INSTANCE = ["/healthz", "/readyz", "/metrics", "/problems/not_found", "/docs"]
NOWHERE = ["/nowhere", "/api/nope", "/assets/gone.js", "/-/poll-api/internal/v1/heads"]
SAME_EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
METHODS = {"get", "put", "post", "patch", "delete"}


def test_every_route_answers_with_the_headers_that_protect(instance: Instance) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{instance.port}", timeout=30) as client:
        asked = list(requests(client))
        assert len(asked) > 100
        for method, path in asked:
            for token in ("", "Bearer ct_org_x", "nonsense"):
                headers = {"Authorization": token} if token else {}
                # Only the head is looked at: some answers never end.
                with client.stream(method, path, headers=headers) as answer:
                    protects(answer, f"{method} {path} → {answer.status_code}")


def requests(client: httpx.Client) -> Iterator[tuple[str, str]]:
    for path, item in client.get("/openapi.json").json()["paths"].items():
        filled = re.sub(r"{[^}]*}", "0199f3d2-0000-7000-8000-000000000000", path)
        for method in METHODS & set(item):
            yield method.upper(), filled
        yield "TRACE", filled
    for path in (*OF_THE_INSTANCE, *NOWHERE, "/openapi.json"):
        yield "GET", path


def protects(answer: httpx.Response, where: str) -> None:
    for name, value in SAME_EVERYWHERE.items():
        assert answer.headers.get(name) == value, f"{where}: {name}"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy or "GET /docs" in where, where
    assert "frame-ancestors 'none'" in policy, where
    kept = answer.headers["cache-control"]
    if "jwks.json" in where and kept.startswith("public"):
        assert "vary" not in answer.headers, where
    else:
        assert kept in ("private, no-cache", "no-store"), where
        assert "Authorization" in answer.headers["vary"], where
    assert "server" not in answer.headers, where
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", where
