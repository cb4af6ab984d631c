"""Logs say what happened and never whose secret it was."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from pydantic import BaseModel, ValidationError

from chassis.logs import configure_logs
from chassis.settings import ServiceSettings
from chassis.tracing import current_traceparent, span

POLL = "/api/v1/polls/0199f3d2-0000-7000-8000-000000000000"


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch, settings: ServiceSettings) -> Iterator[io.StringIO]:
    """What the process logs, as JSON lines."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(settings)
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def full_disk() -> Iterator[io.TextIOWrapper]:
    with Path("/dev/full").open("wb", buffering=0) as device:
        yield io.TextIOWrapper(device, write_through=True)


def lines(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


async def test_a_request_is_one_line_with_its_route_and_its_trace(
    client: httpx.AsyncClient, output: io.StringIO
) -> None:
    response = await client.get(POLL)
    (line,) = lines(output)
    assert line["event"] == "request"
    assert (line["method"], line["status"]) == ("GET", 200)
    assert line["route"] == "/api/v1/polls/{poll_id}"
    assert line["poll_id"] == POLL.rpartition("/")[2]
    assert line["trace_id"] == response.headers["traceresponse"].split("-")[1]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{POLL}?token=canary"),
        ("GET", "/canary/in/the/path?canary"),
        ("POST", f"{POLL}?limit=canary"),
        ("POST", "/api/v1/fail/bug"),
        ("POST", "/api/v1/fail/postgres"),
        ("DELETE", f"{POLL}?canary=1"),
    ],
)
async def test_no_line_holds_a_token_a_name_an_address_or_a_query(
    client: httpx.AsyncClient, output: io.StringIO, method: str, path: str
) -> None:
    body = {"title": "Canary Ann", "extra": "canary@example.org"} if method == "POST" else None
    await client.request(method, path, json=body, headers={"Authorization": "Bearer ct_edt_canary"})
    assert lines(output)
    assert "canary" not in output.getvalue().lower()


async def test_health_checks_are_not_logged(client: httpx.AsyncClient, output: io.StringIO) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await client.get(path)).status_code == 200
    assert lines(output) == []


async def test_a_bug_is_logged_once_with_its_place_and_its_trace(
    client: httpx.AsyncClient, output: io.StringIO
) -> None:
    response = await client.post("/api/v1/fail/bug")
    failed, request = lines(output)
    assert failed["level"] == "error"
    assert failed["trace_id"] == request["trace_id"] == response.json()["trace_id"]
    assert "conftest.py" in failed["exception"]
    assert failed["exception"].endswith("RuntimeError: ct_org_… belongs to …@…")


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("link ct_org_AbC-_9z.", "link ct_org_…."),
        ("secret whsec_aB+9/z=.", "secret whsec_…."),
        ("Authorization: Bearer abc.def", "Authorization: Bearer …"),
        ("postgresql://user:secret@db:5432/polls", "postgresql://…@db:5432/polls"),
        ("mail to ann.b+c@example.org now", "mail to …@… now"),
        ("GET http://api/v1/polls?name=Ann 200", "GET http://api/v1/polls?… 200"),
        ("GET /api/v1/polls?name=Ann", "GET /api/v1/polls?…"),
        ("really? yes, 3/4", "really? yes, 3/4"),
    ],
)
def test_a_library_that_says_too_much_is_cut_short(
    output: io.StringIO, said: str, logged: str
) -> None:
    logging.getLogger("some.library").warning("%s", said)
    structlog.get_logger("ours").warning("said", what=said, nested={"list": [said]})
    library, ours = lines(output)
    assert library["event"] == logged
    assert library["logger"] == "some.library"
    assert ours["what"] == logged
    assert ours["nested"] == {"list": [logged]}


def test_an_exception_keeps_its_causes_and_loses_the_values_it_quotes(output: io.StringIO) -> None:
    class Guest(BaseModel):
        age: int

    try:
        try:
            Guest.model_validate({"age": "Canary Ann"})
        except ValidationError as error:
            raise ExceptionGroup("several", [KeyError("one"), ValueError("two")]) from error
    except ExceptionGroup:
        logging.getLogger("some.library").exception("failed")
    (line,) = lines(output)
    for part in ("1 validation error for Guest", "KeyError: 'one'", "ValueError: two", "several"):
        assert part in line["exception"]
    assert "Canary" not in line["exception"]


def test_a_line_inside_a_span_carries_the_trace(output: io.StringIO) -> None:
    with span("work"):
        structlog.get_logger().info("inside")
        traceparent = current_traceparent()
    (line,) = lines(output)
    assert traceparent
    assert line["trace_id"] in traceparent


async def test_a_log_on_a_full_disk_costs_nobody_an_answer_and_is_counted(
    client: httpx.AsyncClient,
    output: io.StringIO,
    settings: ServiceSettings,
    full_disk: io.TextIOWrapper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def failed_writes() -> float:
        (line,) = re.findall(
            r"^commontime_log_failed_writes_total (.+)$", (await client.get("/metrics")).text, re.M
        )
        return float(line)

    before = await failed_writes()
    monkeypatch.setattr(sys, "stderr", full_disk)
    configure_logs(settings)
    assert (await client.get(POLL)).status_code == 200
    assert (await client.post("/api/v1/fail/postgres")).status_code == 503
    logging.getLogger("some.library").warning("nobody hears it")
    assert await failed_writes() >= before + 4

    monkeypatch.setattr(sys, "stderr", output)
    configure_logs(settings)
    structlog.get_logger().info("there is room again")
    assert lines(output)[-1]["event"] == "there is room again"


def test_levels_below_the_chosen_one_are_silent(output: io.StringIO) -> None:
    structlog.get_logger().debug("too much")
    logging.getLogger("httpx").info("GET /")
    assert lines(output) == []


def test_people_get_lines_for_people(
    output: io.StringIO, settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", output)
    configure_logs(settings.model_copy(update={"log_format": "console"}))
    structlog.get_logger().info("for people", count=3)
    assert "for people" in output.getvalue()
    assert "count=3" in output.getvalue()
    assert not output.getvalue().startswith("{")
