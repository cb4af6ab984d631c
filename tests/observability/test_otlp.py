"""A service as a process sends its spans to a collector, all of them before it ends."""

import gzip
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread
from time import monotonic

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from standalone.lone_service import LoneService

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
# Nothing is sent before the process ends, if it were up to the clock.
LATER = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_BSP_SCHEDULE_DELAY": "600000"}
NOBODY = "http://127.0.0.1:1"


@dataclass
class Collector:
    """`paths` and `requests` are what it was sent, in order."""

    url: str = ""
    paths: list[str] = field(default_factory=list[str])
    requests: list[ExportTraceServiceRequest] = field(
        default_factory=list[ExportTraceServiceRequest]
    )

    def resources(self) -> Iterator[dict[str, str]]:
        for request in self.requests:
            for one in request.resource_spans:
                yield {item.key: item.value.string_value for item in one.resource.attributes}

    def spans(self) -> dict[str, str]:
        """The trace of each span, by its name."""
        return {
            span.name: span.trace_id.hex()
            for request in self.requests
            for one in request.resource_spans
            for scope in one.scope_spans
            for span in scope.spans
        }


@contextmanager
def serve_collector() -> Generator[Collector]:
    """Takes OTLP over HTTP, as collectors do at port 4318."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.paths.append(self.path)
            collector.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serve_collector() as served:
        yield served


def asked_and_stopped(database: str, folder: Path, settings: dict[str, str]) -> LoneService:
    """A service that was asked one thing, and then told to stop at once."""
    service = LoneService("availability", database, folder, settings={**LATER, **settings})
    try:
        service.starts()
        path = f"{service.url}/api/v1/polls/0198c0de-0000-7000-8000-000000000000/participants"
        assert httpx.get(path, headers=GIVEN).status_code >= 400
    finally:
        service.stops()
    return service


def test_a_process_that_is_told_to_stop_sends_its_spans_first(
    databases: dict[str, str], tmp_path: Path, collector: Collector
) -> None:
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
    asked_and_stopped(databases["availability"], tmp_path, endpoint)
    assert set(collector.paths) == {"/v1/traces"}
    assert collector.spans()["GET /api/v1/polls/{poll_id}/participants"] == TRACE
    for resource in collector.resources():
        assert resource["service.name"] == "availability"
        assert resource["service.version"] == version("availability")


def test_what_is_not_sampled_is_not_sent_and_the_name_is_the_operators(
    databases: dict[str, str], tmp_path: Path, collector: Collector
) -> None:
    settings = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_SERVICE_NAME": "calendars-of-the-school",
        # Of who asks with a decision made, that one counts; all others are left out.
        "OTEL_TRACES_SAMPLER": "parentbased_always_off",
    }
    asked_and_stopped(databases["availability"], tmp_path, settings)
    assert set(collector.spans().values()) == {TRACE}
    assert {one["service.name"] for one in collector.resources()} == {"calendars-of-the-school"}


def test_a_collector_that_is_away_keeps_no_process_from_ending(
    databases: dict[str, str], tmp_path: Path
) -> None:
    service = LoneService(
        "availability",
        databases["availability"],
        tmp_path,
        settings={**LATER, "OTEL_EXPORTER_OTLP_ENDPOINT": NOBODY},
    )
    try:
        service.starts()
        assert httpx.get(f"{service.url}/api/v1/polls/x/participants").status_code >= 400
    finally:
        began = monotonic()
        service.stops()
    assert monotonic() - began < 9.5
