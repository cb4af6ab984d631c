"""All four services in one process, a small scenario, and the spans of it as JSON.

A process of its own: what records spans is one per process and cannot be taken back. The scenario
is full of canaries, which no span and no log line may repeat.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg
import uvicorn
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, SpanKind

from chassis.logs import configure_logs
from chassis.settings import load
from chassis.span_recording import ServiceTracers
from commontime_driver import Commontime, Poll, at, eventually, free
from partner import Partner, serve_partner
from standalone.dispatcher import Dispatcher
from standalone.lifespans import together
from standalone.services import SERVICES

GIVEN = f"00-{'4bf92f3577b34da6a3ce929d0e0e4736'}-{'00f067aa0ba902b7'}-01"
TOLD = ("event.created", "event.completed", "poll.opened", "poll.closed")
CONSUMERS = ("recommender", "poll-api", "event-lifecycle")

Spans = Callable[[], Sequence[ReadableSpan]]


async def scenario(url: str, partner: Partner, spans: Spans) -> dict[str, str]:
    """People make an appointment; return the `traceresponse` of what they asked, by a name."""
    answered: dict[str, str] = {}

    async with Commontime(url, os.environ["COMMONTIME_ADMIN_TOKEN"]) as people:

        async def notice(response: httpx.Response) -> None:
            request = response.request
            name = f"{request.method} {request.url.path.rpartition('/')[2]}"
            answered[name] = response.headers.get("traceresponse", "")

        people.client.event_hooks["response"] = [notice]
        url = f"{partner.url}/canary?canary=1"
        endpoint = await people.registers_a_webhook(url, *TOLD)
        poll = await people.opens_a_poll(title="Canary title")
        ann = await people.joins(poll, "Canary Ann", email="canary@example.org")
        await people.submits(ann, free(0, 2))
        await eventually(lambda: _taken_in(spans(), answered["PUT schedule"]), bool)
        await people.sees_recommended(poll, "?canary=1&duration=PT1H")
        await _looks(people, poll)
        answered["looks"] = (await _looks(people, poll)).headers["traceresponse"]
        await people.finalises(poll, at(0))
        await _asks_for_a_test(people, endpoint["id"])
        await _has_told(partner, "event.created")
        await _waits_for_timers(people, partner)
        await eventually(lambda: _fired(spans()), {"poll-api", "event-lifecycle"}.issubset)
        await eventually(lambda: _attempts(spans()), len(partner.received).__eq__)
    return answered


async def _waits_for_timers(people: Commontime, partner: Partner) -> None:
    """An event that is completed at once, and a poll whose deadline comes."""
    await people.creates_an_event(completion={"mode": "after_creation", "delay": "PT0S"})
    await _has_told(partner, "event.completed")
    poll = await people.opens_a_poll(deadline=at(0))
    await people.rotates(poll, "answer")
    # The deadline is a month ahead: its timer is put forward by hand.
    url = os.environ["POLL_API_DATABASE_URL"]
    async with await psycopg.AsyncConnection.connect(url) as database:
        await database.execute("update timers set due_at = now() where key = %s", (poll.id,))
    await _has_told(partner, "poll.closed")


async def _asks_for_a_test(people: Commontime, endpoint_id: str) -> None:
    path = f"/api/v1/webhooks/endpoints/{endpoint_id}/test"
    await people.asks("POST", path, None, people.admin_token)


async def _has_told(partner: Partner, type_: str) -> None:
    def received(told: Sequence[str]) -> bool:
        return type_ in told

    await eventually(lambda: _value([json.loads(b)["type"] for _, b in partner.received]), received)


async def _looks(people: Commontime, poll: Poll) -> httpx.Response:
    headers = {"Authorization": f"Bearer {poll.answer}", "traceparent": GIVEN}
    return await people.client.get(f"{poll.path}?canary=1", headers=headers)


async def _value(value: Any) -> Any:
    return value


async def _fired(spans: Sequence[ReadableSpan]) -> set[str]:
    """The services whose timers did."""
    return {_service(one) for one in spans if one.name == "fire timers"}


async def _attempts(spans: Sequence[ReadableSpan]) -> int:
    return sum(one.name == "webhook attempt" for one in spans)


async def _taken_in(spans: Sequence[ReadableSpan], traceresponse: str) -> bool:
    """Whether each consumer has a span that links to the trace."""
    trace_id = int(traceresponse.split("-")[1], 16)
    linked = {
        _service(one)
        for one in spans
        if one.kind is SpanKind.CONSUMER
        and any(link.context.trace_id == trace_id for link in one.links)
    }
    return linked >= set(CONSUMERS)


def written(one: ReadableSpan) -> dict[str, Any]:
    """Everything that an exporter would get of a span."""
    return {
        "name": one.name,
        "kind": one.kind.name,
        "service": _service(one),
        "context": _ids(one.context),
        "parent": None if one.parent is None else _ids(one.parent),
        "links": [_ids(link.context) for link in one.links],
        "attributes": dict(one.attributes or {}),
        "status": [one.status.status_code.name, one.status.description],
        "events": [[event.name, dict(event.attributes or {})] for event in one.events],
        "resource": dict(one.resource.attributes),
    }


def _ids(context: SpanContext | None) -> list[str]:
    assert context is not None
    return [f"{context.trace_id:032x}", f"{context.span_id:016x}"]


def _service(one: ReadableSpan) -> str:
    return str(one.resource.attributes["service.name"])


@asynccontextmanager
async def served(apps: Mapping[str, FastAPI], port: int) -> AsyncGenerator[None]:
    async def nothing(*_: object) -> None:
        raise AssertionError("only services are asked here")

    config = uvicorn.Config(
        Dispatcher(apps, nothing, nothing),
        port=port,
        lifespan="off",
        log_config=None,
        timeout_keep_alive=75,
    )
    server = uvicorn.Server(config)
    async with together(apps.values()):
        serving = asyncio.create_task(server.serve())
        try:
            await eventually(lambda: _value(server.started), bool)
            yield
        finally:
            server.should_exit = True
            await serving


async def main(port: int) -> None:
    """Run the scenario and print what was recorded and answered."""
    settings = {service: load(service.settings_class()) for service in SERVICES}
    configure_logs(settings[SERVICES[0]])
    exporter = InMemorySpanExporter()
    trace.set_tracer_provider(ServiceTracers(SimpleSpanProcessor(exporter)))
    apps = {service.name: service.create_app(settings[service]) for service in SERVICES}
    with serve_partner() as partner:
        async with served(apps, port):
            url = f"http://127.0.0.1:{port}"
            answered = await scenario(url, partner, exporter.get_finished_spans)
    spans = [written(one) for one in exporter.get_finished_spans()]
    print(json.dumps({"spans": spans, "answered": answered}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
