"""What people do is one connected trace through all services, and tells nothing about them.

Judged from the spans as an exporter gets them, by ids, parents and links, and from what was logged
meanwhile.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from standalone.services import SERVICES

from .conftest import Recorded

Span = dict[str, Any]
Ids = tuple[str, str]


def connected(spans: list[Span], start: Ids) -> list[Span]:
    """Every span that can be reached from one, by parents and links in either direction."""
    by_ids = {tuple(span["context"]): span for span in spans}
    beside: defaultdict[Ids, set[Ids]] = defaultdict(set)
    for ids, span in by_ids.items():
        for other in (span["parent"], *span["links"]):
            if other is not None:
                beside[ids].add(tuple(other))
                beside[tuple(other)].add(ids)
    seen, front = {start}, [start]
    while front:
        front = [ids for ids in {o for ids in front for o in beside[ids]} if ids not in seen]
        seen.update(front)
    return [span for ids, span in by_ids.items() if ids in seen]


def request_of(recorded: Recorded, request: str) -> Span:
    """The span that answered it, as its `traceresponse` names it."""
    _, trace_id, span_id, _ = recorded.answered[request].split("-")
    [found] = [span for span in recorded.spans if span["context"] == [trace_id, span_id]]
    return found


def kinds(spans: list[Span], service: str) -> set[str]:
    return {span["kind"] for span in spans if span["service"] == service}


def test_a_schedule_is_one_connected_trace_over_the_services(recorded: Recorded) -> None:
    submitting = request_of(recorded, "PUT schedule")
    assert (submitting["service"], submitting["kind"]) == ("availability", "SERVER")
    assert submitting["parent"] is None
    spans = connected(recorded.spans, tuple(submitting["context"]))
    assert kinds(spans, "availability") >= {"SERVER", "PRODUCER"}
    for service in ("recommender", "poll-api", "event-lifecycle"):
        assert "CONSUMER" in kinds(spans, service)


def test_the_relay_continues_the_trace_of_the_fact(recorded: Recorded) -> None:
    submitting = request_of(recorded, "PUT schedule")
    [sending] = [span for span in recorded.spans if span["parent"] == submitting["context"]]
    assert (sending["name"], sending["kind"], sending["service"]) == (
        "send",
        "PRODUCER",
        "availability",
    )
    assert sending["attributes"]["messaging.destination.name"].endswith("commontime.schedules")


def test_a_consumer_links_to_what_it_was_sent_and_has_a_trace_of_its_own(
    recorded: Recorded,
) -> None:
    submitting = request_of(recorded, "PUT schedule")
    [sending] = [span for span in recorded.spans if span["parent"] == submitting["context"]]
    taking = [span for span in recorded.spans if sending["context"] in span["links"]]
    assert {span["service"] for span in taking} == {"recommender", "poll-api", "event-lifecycle"}
    for span in taking:
        assert (span["kind"], span["parent"]) == ("CONSUMER", None)
        assert span["context"][0] != submitting["context"][0]
        assert span["attributes"]["messaging.batch.message_count"] >= 1


def test_a_decision_is_one_trace_up_to_the_partner_that_is_told(recorded: Recorded) -> None:
    deciding = request_of(recorded, "POST finalise")
    trace = [span for span in recorded.spans if span["context"][0] == deciding["context"][0]]
    attempts = [span for span in trace if span["name"] == "webhook attempt"]
    assert [span["service"] for span in attempts] == ["event-lifecycle"]
    [attempt] = attempts
    assert attempt["kind"] == "CLIENT"
    assert attempt["attributes"] == {"http.response.status_code": 204}
    # Each has its parent in the trace: nothing in between is missing.
    ids = [span["context"] for span in trace]
    assert all(span["parent"] in ids for span in trace if span is not deciding)
    # The event's own fact went on its way as well.
    senders = {span["service"] for span in trace if span["kind"] == "PRODUCER"}
    assert senders == {"poll-api", "event-lifecycle"}


def attempts_in(recorded: Recorded, trace: Span) -> list[Span]:
    """What a partner was told in the trace that this span is of."""
    return [
        span
        for span in recorded.spans
        if span["name"] == "webhook attempt" and span["context"][0] == trace["context"][0]
    ]


def child_of(recorded: Recorded, parent: Span) -> Span:
    """What was sent over Kafka of what happened in this span."""
    [sending] = [
        span
        for span in recorded.spans
        if span["kind"] == "PRODUCER" and span["parent"] == parent["context"]
    ]
    return sending


def fired_of(recorded: Recorded, setting: Span) -> Span:
    """What was done when the timer was due that this request had set."""
    [firing] = [
        span
        for span in recorded.spans
        if span["name"] == "fire timers" and setting["context"] in span["links"]
    ]
    assert (firing["kind"], firing["parent"]) == ("INTERNAL", None)
    assert firing["context"][0] != setting["context"][0]
    return firing


def test_what_a_partner_is_told_of_a_poll_is_in_the_trace_of_its_fact(recorded: Recorded) -> None:
    opening = request_of(recorded, "POST polls")
    [attempt] = attempts_in(recorded, opening)
    sending = child_of(recorded, opening)
    assert sending["service"] == "poll-api"
    assert (attempt["service"], attempt["parent"]) == ("event-lifecycle", sending["context"])


def test_what_a_timer_completes_goes_on_in_a_trace_that_links_to_who_set_it(
    recorded: Recorded,
) -> None:
    firing = fired_of(recorded, request_of(recorded, "POST events"))
    assert firing["service"] == "event-lifecycle"
    assert child_of(recorded, firing)["service"] == "event-lifecycle"
    [attempt] = attempts_in(recorded, firing)
    assert attempt["parent"] == firing["context"]


def test_a_poll_closed_by_its_deadline_is_told_in_a_trace_that_links_to_who_set_it(
    recorded: Recorded,
) -> None:
    firing = fired_of(recorded, request_of(recorded, "POST polls"))
    assert firing["service"] == "poll-api"
    # Not to whoever asked for something else of the poll since.
    assert len(firing["links"]) == 1
    sending = child_of(recorded, firing)
    [attempt] = attempts_in(recorded, firing)
    assert (attempt["service"], attempt["parent"]) == ("event-lifecycle", sending["context"])


def test_a_test_of_an_endpoint_is_in_the_trace_of_who_asked_for_it(recorded: Recorded) -> None:
    asking = request_of(recorded, "POST test")
    [attempt] = attempts_in(recorded, asking)
    assert attempt["parent"] == asking["context"]


def test_a_request_continues_the_trace_of_who_asks(recorded: Recorded) -> None:
    looking = request_of(recorded, "looks")
    assert looking["parent"] == ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"]
    assert looking["context"][0] == looking["parent"][0]


def test_each_span_says_which_service_it_is_of(recorded: Recorded) -> None:
    assert {span["service"] for span in recorded.spans} == {one.name for one in SERVICES}
    for span in recorded.spans:
        assert span["resource"]["service.namespace"] == "commontime"
        assert span["resource"]["service.version"]
    owner = {
        "/schedule": "availability",
        "/recommendations": "recommender",
        "/finalise": "poll-api",
    }
    for ending, service in owner.items():
        found = [span for span in recorded.spans if span["name"].endswith(ending)]
        assert found
        assert {span["service"] for span in found} == {service}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]  # JSON
            yield from (str(key), *texts(item))  # pyright: ignore[reportUnknownArgumentType]  # JSON
    elif isinstance(value, list):
        for item in value:  # pyright: ignore[reportUnknownVariableType]  # JSON
            yield from texts(item)
    else:
        yield str(value)


@pytest.mark.parametrize("canary", ["canary", "ct_org_", "ct_ans_", "ct_edt_", "bearer", "?", "@"])
def test_no_span_holds_a_name_an_address_a_token_or_a_query(
    recorded: Recorded, canary: str
) -> None:
    assert canary not in json.dumps(recorded.spans).lower()


def test_no_span_holds_a_secret_an_id_or_a_path(recorded: Recorded) -> None:
    for span in recorded.spans:
        told = {key: span[key] for key in ("name", "attributes", "status", "events")}
        assert not any(secret in json.dumps(told) for secret in recorded.secrets)
        assert span["events"] == []
        route = span["attributes"].get("http.route", "")
        for text in texts(told):
            assert "/" not in text or route in text
            assert text.count("-") < 4


def test_what_machines_ask_every_few_seconds_is_not_recorded(recorded: Recorded) -> None:
    routes = {span["attributes"].get("http.route") for span in recorded.spans}
    assert routes
    assert not routes & {"/healthz", "/readyz", "/metrics"}


def of(recorded: Recorded, event: str) -> list[dict[str, Any]]:
    return [line for line in recorded.lines if line["event"] == event]


def test_a_line_of_a_request_carries_the_trace_of_its_answer(recorded: Recorded) -> None:
    submitted = [
        line
        for line in of(recorded, "request")
        if line["route"].endswith("/{participant_id}/schedule")
    ]
    assert [line["trace_id"] for line in submitted] == [recorded.trace_of("PUT schedule")]


def test_every_request_has_its_trace(recorded: Recorded) -> None:
    assert len(of(recorded, "request")) >= 8
    assert all(len(line["trace_id"]) == 32 for line in of(recorded, "request"))


def test_every_line_has_a_time_a_level_and_says_what_happened(recorded: Recorded) -> None:
    for line in recorded.lines:
        assert line["event"]
        assert line["level"] in {"info", "warning", "error"}
        assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("canary", ["canary", "ct_org_", "ct_ans_", "ct_edt_", "earer "])
def test_no_line_holds_what_people_wrote_or_show(recorded: Recorded, canary: str) -> None:
    assert not [line for line in recorded.lines if canary in str(line).lower()]
    assert not [
        line for line in recorded.lines if any(one in str(line) for one in recorded.secrets)
    ]


def test_an_ordinary_day_logs_nothing_but_requests(recorded: Recorded) -> None:
    """From where people look: until then topics are made, and found by those who use them.

    A relay that starts over is no noise: it does where the machine stands still for seconds.
    """
    began = next(
        n for n, line in enumerate(recorded.lines) if line.get("route", "").endswith("ations")
    )
    expected = {"request", "background work failed, trying again"}
    later = [line for line in recorded.lines[began:] if line["event"] not in expected]
    assert [line for line in later if line["level"] != "info"] == []
