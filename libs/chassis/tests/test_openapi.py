"""The API's description names its errors."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_each_operation_lists_its_errors_with_examples(document: dict[str, Any]) -> None:
    responses = document["paths"]["/api/v1/polls/{poll_id}"]["post"]["responses"]
    everywhere = {"400", "401", "414", "429", "431", "500", "503"}
    assert set(responses) == {"200", "404", "409", "408", "413", "415", "422", *everywhere}
    conflict = responses["409"]["content"]["application/problem+json"]
    assert conflict["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert conflict["examples"]["poll_closed"]["value"]["status"] == 409
    assert set(responses["400"]["content"]["application/problem+json"]["examples"]) == {
        "bad_header",
        "not_json",
    }


def test_a_read_does_not_claim_errors_of_bodies(document: dict[str, Any]) -> None:
    responses = document["paths"]["/api/v1/polls/{poll_id}"]["get"]["responses"]
    assert not {"408", "413", "415"} & set(responses)


def test_the_headers_every_operation_takes_are_described(document: dict[str, Any]) -> None:
    described = {
        method: {p["name"] for p in operation["parameters"] if p["in"] == "header"}
        for method, operation in document["paths"]["/api/v1/polls/{poll_id}"].items()
    }
    assert described["get"] >= {"If-None-Match", "Commontime-Min-Sequence"}
    assert "Idempotency-Key" not in described["get"]
    assert described["post"] >= {"Idempotency-Key", "Commontime-Min-Sequence"}


def test_the_frameworks_own_error_shape_is_nowhere(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(document)


def test_what_operators_use_is_not_described(document: dict[str, Any]) -> None:
    assert all(path.startswith("/api/v1/") for path in document["paths"])


def test_it_says_how_to_send_a_capability(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_a_read_says_that_it_may_be_nothing_new(document: dict[str, Any]) -> None:
    operations = document["paths"]["/api/v1/polls/{poll_id}"]
    assert "304" in operations["get"]["responses"]
    assert "304" not in operations["post"]["responses"]


async def test_the_page_of_it_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert files
    for file in files:
        assert (await client.get(f"/{file}")).status_code == 200, file
    assert "openapi.json" in (await client.get("/docs/docs.js")).text
    assert (await client.get("/docs/other.js")).json()["code"] == "not_found"
