"""Trace context in, through and out; recorded spans where an exporter is named."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from chassis.tracing import (
    begin_span,
    current_traceparent,
    entered,
    outgoing_headers,
    span,
    traceparent_of,
)

POLL = "/api/v1/polls/0199f3d2-0000-7000-8000-000000000000"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = f"00-{TRACE}-00f067aa0ba902b7-01"


def test_outside_of_a_span_there_is_no_trace() -> None:
    assert current_traceparent() is None
    assert outgoing_headers() == {}


def test_a_span_continues_the_trace_it_is_given() -> None:
    with span("work", traceparent=GIVEN):
        traceparent = current_traceparent()
    assert traceparent
    assert traceparent.split("-")[1] == TRACE
    assert traceparent != GIVEN


def test_a_span_inside_a_span_stays_in_its_trace() -> None:
    with span("outer"):
        outer = current_traceparent()
        with span("inner"):
            inner = outgoing_headers()["traceparent"]
    assert outer
    assert outer.split("-")[1] == inner.split("-")[1]
    assert outer != inner


def test_spans_of_their_own_have_traces_of_their_own() -> None:
    with span("one"):
        one = current_traceparent()
    with span("two"):
        two = current_traceparent()
    assert one != two


@pytest.mark.parametrize("wrong", ["", "nonsense", "00-0-0-00", f"00-{'0' * 32}-{'0' * 16}-01"])
def test_what_is_no_traceparent_begins_a_new_trace(wrong: str) -> None:
    with span("work", traceparent=wrong, links=[wrong]):
        assert current_traceparent()


async def test_a_request_carries_its_trace_in_and_out(client: httpx.AsyncClient) -> None:
    response = await client.get(POLL, headers={"traceparent": GIVEN})
    assert response.json()["traceparent"].split("-")[1] == TRACE
    assert response.headers["traceresponse"] == response.json()["traceparent"]


RECORDING = f"""
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from chassis.tracing import current_traceparent, span

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
with span("parent", traceparent="{GIVEN}", links=["nonsense"]):
    inside = current_traceparent()
with span("consumer", links=[inside]):
    pass
parent, consumer = exporter.get_finished_spans()
assert format(parent.context.trace_id, "032x") == "{TRACE}"
assert not parent.links
assert consumer.context.trace_id != parent.context.trace_id
assert consumer.links[0].context.span_id == parent.context.span_id
"""


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # The recording provider is one per process and cannot be taken back.
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


def test_recorded_spans_are_children_and_links() -> None:
    assert run(RECORDING).stderr == ""


BEGINNING = """
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from chassis.span_recording import ServiceTracers
from chassis.tracing import *

exporter = InMemorySpanExporter()
trace.set_tracer_provider(ServiceTracers(SimpleSpanProcessor(exporter)))
begin_span("nothing")
begun = begin_span("something")
with entered(begun):
    assert current_traceparent() == traceparent_of(begun)
    link(begun, ["nonsense"])
    link(begun, (f"00-{n:032x}-00f067aa0ba902b7-01" for n in range(1, 1001)))
[recorded] = exporter.get_finished_spans()
assert recorded.name == "something"
assert [link.context.trace_id for link in recorded.links] == list(range(1, 1001))
"""


def test_a_span_is_recorded_once_it_is_entered_and_links_to_a_thousand_others() -> None:
    assert run(BEGINNING).stderr == ""


def test_a_span_that_nobody_records_has_a_trace_before_it_is_entered() -> None:
    begun = begin_span("work")
    with entered(begun):
        assert current_traceparent() == traceparent_of(begun) is not None


def test_a_recorded_failure_is_told_by_its_kind_alone() -> None:
    code = """
from chassis.tracing import configure_tracing, span
configure_tracing()
try:
    with span("work"):
        raise ValueError("canary")
except ValueError:
    pass
"""
    recorded = run(code, OTEL_TRACES_EXPORTER="console").stdout
    assert '"error.type": "ValueError"' in recorded
    assert '"status_code": "ERROR"' in recorded
    assert "canary" not in recorded


def test_what_machines_ask_all_the_time_is_not_recorded() -> None:
    code = """
from chassis.tracing import *
configure_tracing()
with unrecorded_span():
    assert current_traceparent()
"""
    finished = run(code, OTEL_TRACES_EXPORTER="console")
    assert (finished.stdout, finished.stderr) == ("", "")


def test_each_service_of_a_process_has_spans_of_its_own() -> None:
    code = """
from chassis.tracing import *
configure_tracing()
for service in ("one", "chassis"):
    SERVICE.set(service)
    with span(f"work of {service}"):
        pass
"""
    recorded = run(code, OTEL_TRACES_EXPORTER="console").stdout
    assert recorded.count('"service.name": "one"') == 1
    assert recorded.count('"service.name": "chassis"') == 1
    assert recorded.count(f'"service.version": "{version("chassis")}"') == 1


def test_a_recorded_request_is_named_by_its_route_and_keeps_no_query() -> None:
    program = Path(__file__).with_name("slow_service.py")
    code = f"""
import asyncio, runpy, httpx
from chassis.settings import ServiceSettings, placeholder
from chassis.tracing import configure_tracing
configure_tracing()
app = runpy.run_path({str(program)!r})["create_app"](placeholder(ServiceSettings))
async def ask():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://s") as c:
        await c.get("/slow?seconds=0&canary=1")
asyncio.run(ask())
"""
    recorded = run(code, OTEL_TRACES_EXPORTER="console").stdout
    assert recorded.count('"trace_id"') == 1
    assert "GET /slow" in recorded
    assert "canary" not in recorded


def test_the_named_exporter_gets_the_spans() -> None:
    code = "from chassis.tracing import *; configure_tracing()\nwith span('visible'): pass"
    assert "visible" in run(code, OTEL_TRACES_EXPORTER="console").stdout


def test_an_exporter_that_is_not_installed_is_one_sentence() -> None:
    code = "from chassis.tracing import *; configure_tracing()"
    finished = run(code, OTEL_TRACES_EXPORTER="carrier_pigeon")
    assert finished.returncode == 1
    assert finished.stderr.count("\n") == 1
    assert "carrier_pigeon" in finished.stderr
