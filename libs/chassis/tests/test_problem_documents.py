"""Every status of the API's error table, each as a problem document."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from chassis.problem_catalogue import CATALOGUE, CODE_OF_STATUS

POLL = "/api/v1/polls/0199f3d2-0000-7000-8000-000000000000"
WINDOW = {"start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z"}
JSON = {"Content-Type": "application/json"}


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The document, once everything that all of them have in common is checked."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["type"] == f"/problems/{code}"
    assert document["status"] == status
    assert document["code"] == code
    assert document["title"]
    assert document["detail"]
    assert unquote(document["instance"]) == response.url.path
    return document


async def test_a_body_that_is_not_json_is_400_and_says_where(client: httpx.AsyncClient) -> None:
    response = await client.post(POLL, content=b'{"title": ', headers=JSON)
    assert "character" in problem(response, 400, "not_json")["detail"]


async def test_a_body_that_is_not_utf8_is_400(client: httpx.AsyncClient) -> None:
    response = await client.post(POLL, content=b'{"title": "\xff"}', headers=JSON)
    problem(response, 400, "not_json")


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer ", "Bearer a b", "ct_org_x"])
async def test_a_malformed_authorization_header_is_400(
    client: httpx.AsyncClient, header: str
) -> None:
    response = await client.get(POLL, headers={"Authorization": header})
    document = problem(response, 400, "bad_header")
    assert header not in response.text.replace(document["detail"], "")


async def test_a_header_of_the_wrong_type_is_400(client: httpx.AsyncClient) -> None:
    response = await client.get(POLL, headers={"Age": "old"})
    assert problem(response, 400, "bad_header")["detail"].startswith("age")


async def test_an_unknown_path_is_404(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/v1/nothing"), 404, "not_found")


async def test_an_id_that_is_none_is_404_like_an_unknown_one(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/v1/polls/17"), 404, "not_found")


async def test_a_trailing_slash_is_404_and_no_redirect(client: httpx.AsyncClient) -> None:
    problem(await client.get(f"{POLL}/"), 404, "not_found")


async def test_a_path_with_a_control_character_is_404(client: httpx.AsyncClient) -> None:
    problem(await client.get("/api/v1/polls/a%00b"), 404, "not_found")


async def test_the_instance_is_a_reference_whatever_the_path_holds(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/api/v1/ж%5C%20%25")
    assert response.json()["instance"] == "/api/v1/%D0%B6%5C%20%25"


async def test_a_method_that_is_not_offered_is_405_and_names_those_that_are(
    client: httpx.AsyncClient,
) -> None:
    response = await client.put("/api/v1/fail/bug")
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


async def test_a_rejection_answers_with_its_docstring(client: httpx.AsyncClient) -> None:
    document = problem(await client.post("/api/v1/fail/closed"), 409, "poll_closed")
    assert document["detail"] == "The poll is closed and takes no more answers."


async def test_a_rejection_with_a_message_answers_with_that(client: httpx.AsyncClient) -> None:
    document = problem(await client.post("/api/v1/fail/rejected"), 409, "conflict")
    assert document["detail"] == "Not like this."


async def test_a_stale_if_match_is_412(client: httpx.AsyncClient) -> None:
    response = await client.patch(POLL, headers={"If-Match": '"2"'})
    problem(response, 412, "precondition_failed")


async def test_a_missing_if_match_is_428(client: httpx.AsyncClient) -> None:
    problem(await client.patch(POLL), 428, "precondition_required")


async def test_a_body_that_declares_too_much_is_413(client: httpx.AsyncClient) -> None:
    response = await client.post(POLL, content=b" " * (2 << 20), headers=JSON)
    problem(response, 413, "too_large")


async def test_a_chunked_body_that_grows_too_large_is_413(client: httpx.AsyncClient) -> None:
    async def two_mebibytes() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield b" " * (1 << 16)

    response = await client.post(POLL, content=two_mebibytes(), headers=JSON)
    assert "content-length" not in response.request.headers
    problem(response, 413, "too_large")


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "json", ""])
async def test_another_media_type_is_415(client: httpx.AsyncClient, media: str) -> None:
    response = await client.post(POLL, content=b"{}", headers={"Content-Type": media})
    problem(response, 415, "unsupported_media_type")
    assert response.headers["accept"] == "application/json"


@pytest.mark.parametrize(
    "media", ["application/json", "application/merge-patch+json; charset=utf-8", "Application/JSON"]
)
async def test_json_under_each_of_its_names_is_read(client: httpx.AsyncClient, media: str) -> None:
    response = await client.post(
        POLL, content=b'{"title": "Planning"}', headers={"Content-Type": media}
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"window": WINDOW}, "/title", "missing"),
        ({"title": " "}, "/title", "string_too_short"),
        ({"title": "x" * 201}, "/title", "string_too_long"),
        ({"title": "a\nb"}, "/title", "control_character"),
        ({"title": "a\0b"}, "/title", "control_character"),
        ({"title": "a", "a/b~c": 1}, "/a~1b~0c", "extra_forbidden"),
        (
            {"title": "a", "window": {**WINDOW, "end": WINDOW["start"]}},
            "/window/end",
            "end_not_after_start",
        ),
        ({"title": "a", "window": {**WINDOW, "end": "soon"}}, "/window/end", "not_an_instant"),
        ([], "", "model_attributes_type"),
    ],
)
async def test_an_unacceptable_value_is_422_with_a_pointer_and_a_code(
    client: httpx.AsyncClient, body: object, pointer: str, code: str
) -> None:
    document = problem(await client.post(POLL, json=body), 422, "invalid")
    assert [(e["pointer"], e["code"]) for e in document["errors"]] == [(pointer, code)]
    assert all(error["detail"] for error in document["errors"])


async def test_a_missing_body_is_422_that_points_at_the_whole(client: httpx.AsyncClient) -> None:
    document = problem(await client.post(POLL), 422, "invalid")
    assert document["errors"][0]["pointer"] == ""


async def test_a_query_parameter_is_pointed_at_by_its_name(client: httpx.AsyncClient) -> None:
    response = await client.post(f"{POLL}?limit=many", json={"title": "a"})
    assert problem(response, 422, "invalid")["errors"][0]["pointer"] == "?limit"


async def test_an_error_does_not_repeat_the_value_it_refuses(client: httpx.AsyncClient) -> None:
    response = await client.post(POLL, json={"title": "a", "window": "canary"})
    assert "canary" not in response.text


async def test_too_many_requests_say_when_to_come_back(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/fail/limited")
    problem(response, 429, "too_many_requests")
    assert int(response.headers["retry-after"]) > 0
    assert '"default";r=0;t=1' in response.headers["ratelimit"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("pool", "database_unavailable"),
        ("postgres", "database_unavailable"),
        ("read_only", "database_unavailable"),
        ("queue", "overloaded"),
        ("behind", "behind"),
        ("owner_unavailable", "owner_unavailable"),
    ],
)
async def test_what_passes_by_itself_is_503_and_says_when_to_come_back(
    client: httpx.AsyncClient, how: str, code: str
) -> None:
    response = await client.post(f"/api/v1/fail/{how}")
    problem(response, 503, code)
    assert int(response.headers["retry-after"]) > 0


async def test_a_bug_is_500_and_tells_nothing_but_a_trace_id(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/fail/bug")
    document = problem(response, 500, "internal")
    assert re.fullmatch(r"[0-9a-f]{32}", document["trace_id"])
    assert "anary" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("code", [code for code in CATALOGUE if code != "not_ready"])
async def test_every_code_can_be_answered_and_has_a_page(
    client: httpx.AsyncClient, code: str
) -> None:
    document = problem(await client.post(f"/api/v1/fail/{code}"), CATALOGUE[code].status, code)
    page = await client.get(document["type"])
    assert page.status_code == 200
    assert code in page.text


async def test_a_problem_that_does_not_exist_has_no_page(client: httpx.AsyncClient) -> None:
    problem(await client.get("/problems/nonsense"), 404, "not_found")


def test_every_503_and_429_of_the_catalogue_has_a_retry_after() -> None:
    passing = {code for code, kind in CATALOGUE.items() if kind.status in (429, 503)}
    assert passing
    assert all(CATALOGUE[code].retry_after for code in passing)


def test_every_status_the_framework_refuses_with_has_a_code_of_that_status() -> None:
    assert all(CATALOGUE[code].status == status for status, code in CODE_OF_STATUS.items())
