"""What an endpoint may be: refused with a reason just outside of each bound, taken just within."""

from typing import Any, get_args

import pytest
from httpx import Response

from contracts.webhooks import EventType
from event_lifecycle.settings import Settings
from event_lifecycle.testing.running import AS_ADMIN, Running

pytestmark = pytest.mark.asyncio(loop_scope="module")
ENDPOINTS = "/api/v1/webhooks/endpoints"
URL = "https://example.com/hooks"


@pytest.fixture(scope="module")
def shared_settings(shared_settings: Settings) -> Settings:
    strict = {"webhook_allow_http": False, "webhook_allow_private": False}
    return shared_settings.model_copy(update=strict)


def errors(answer: Response) -> list[dict[str, Any]]:
    assert answer.status_code == 422, answer.text
    return answer.json()["errors"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"url": "https://169.254.169.254/latest"}, "/url", "forbidden_target"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "/url", "forbidden_target"),
        ({"url": "http://example.com/"}, "/url", "forbidden_target"),
        ({"url": "https://localhost/"}, "/url", "forbidden_target"),
        ({"url": ""}, "/url", "string_too_short"),
        ({"url": URL, "types": ["event.exploded"]}, "/types/0", "literal_error"),
        ({"url": URL, "secret": "mine"}, "/secret", "extra_forbidden"),
        ({"url": URL + "x" * (2_049 - len(URL))}, "/url", "string_too_long"),
        ({"url": URL, "description": "x" * 501}, "/description", "string_too_long"),
        ({"url": URL, "description": "a\u0000b"}, "/description", "control_character"),
        ({"url": URL, "rate": 0}, "/rate", "greater_than_equal"),
        ({"url": URL, "rate": 51}, "/rate", "out_of_range"),
        ({"url": URL, "ordering": "sideways"}, "/ordering", "literal_error"),
        ({"url": URL, "poll_id": "mine"}, "/poll_id", "uuid_parsing"),
    ],
)
async def test_a_bad_endpoint_is_refused_where_it_is_bad(
    running: Running, body: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await running.client.post(ENDPOINTS, json=body, headers=AS_ADMIN)
    assert [(error["pointer"], error["code"]) for error in errors(answer)] == [(pointer, code)]
    assert await running.rows("select * from webhook_endpoints") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "https://10.0.0.1/"}, "forbidden_target"),
        ({"url": URL + "x" * (2_049 - len(URL))}, "string_too_long"),
        ({"rate": 51}, "out_of_range"),
        ({"types": ["event.exploded"]}, "literal_error"),
        ({"poll_id": None}, "extra_forbidden"),
    ],
)
async def test_a_patch_is_checked_like_a_registration(
    running: Running, body: dict[str, Any], code: str
) -> None:
    endpoint = await running.registers(URL)
    path, any_ = f"{ENDPOINTS}/{endpoint['id']}", {**AS_ADMIN, "if-match": "*"}
    refused = await running.client.patch(path, json=body, headers=any_)
    assert [error["code"] for error in errors(refused)] == [code]
    seen = await running.client.get(path, headers=AS_ADMIN)
    assert (seen.json()["url"], seen.json()["version"]) == (URL, 1)


async def test_all_that_is_wrong_is_said_at_once(running: Running) -> None:
    body = {"url": "https://10.0.0.1/", "rate": 51}
    answer = await running.client.post(ENDPOINTS, json=body, headers=AS_ADMIN)
    assert [error["pointer"] for error in errors(answer)] == ["/url", "/rate"]


async def test_what_is_just_within_the_bounds_is_taken(running: Running) -> None:
    body = {
        "url": URL + "x" * (2_048 - len(URL)),
        "description": "x" * 500,
        "rate": 50,
        "types": list(get_args(EventType)),
    }
    answer = await running.client.post(ENDPOINTS, json=body, headers=AS_ADMIN)
    assert answer.status_code == 201, answer.text
    assert {name: answer.json()[name] for name in body} == body
    least = await running.client.post(ENDPOINTS, json={"url": URL, "rate": 1}, headers=AS_ADMIN)
    assert least.json()["rate"] == 1


async def test_who_asks_for_an_unknown_type_is_told_the_known_ones(running: Running) -> None:
    body = {"url": URL, "types": ["event.exploded"]}
    refused = await running.client.post(ENDPOINTS, json=body, headers=AS_ADMIN)
    [error] = errors(refused)
    assert all(type_ in error["detail"] for type_ in get_args(EventType))
