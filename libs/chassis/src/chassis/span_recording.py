"""Where spans go that are recorded: one exporter for the process, a resource for each service."""

import atexit
import os
from importlib.metadata import PackageNotFoundError, entry_points, version
from threading import Thread
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.environment_variables import OTEL_SPAN_LINK_COUNT_LIMIT
from opentelemetry.sdk.resources import (
    SERVICE_NAME,
    SERVICE_NAMESPACE,
    SERVICE_VERSION,
    OTELResourceDetector,
    Resource,
)
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from chassis.tracing import SERVICE

# The name that every other implementation knows it by.
_ALSO_KNOWN_AS = {"otlp": "otlp_proto_http"}
_FAREWELL_S = 2.0
# A span of many links to all of them: as many timers fire at once, or messages come in.
_MOST_LINKS = 1_000


class NoExporter(Exception):
    """No exporter of that name is installed."""


def provider_of(exporter: str) -> "ServiceTracers":
    """Return what records spans and sends them in batches. Raises `NoExporter`."""
    name = _ALSO_KNOWN_AS.get(exporter, exporter)
    found = entry_points(group="opentelemetry_traces_exporter", name=name)
    if not found:
        raise NoExporter(exporter)
    provider = ServiceTracers(BatchSpanProcessor(next(iter(found)).load()()))
    atexit.register(provider.finish)
    return provider


class ServiceTracers(trace.TracerProvider):
    """Gives each service of the process a tracer of its own, so that its spans say whose they are.

    `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_TRACES_SAMPLER` are as everywhere.
    """

    def __init__(self, processor: SpanProcessor) -> None:
        """All spans go to `processor`."""
        self._processor = processor
        self._tracers: dict[str, trace.Tracer] = {}

    def get_tracer(self, *arguments: Any, **named: Any) -> trace.Tracer:
        """Return that of the service whose work this is."""
        service = SERVICE.get()
        if service not in self._tracers:
            provider = TracerProvider(
                resource=_resource(service), span_limits=_limits(), shutdown_on_exit=False
            )
            provider.add_span_processor(self._processor)
            self._tracers[service] = provider.get_tracer(*arguments, **named)
        return self._tracers[service]

    def finish(self) -> None:
        """Send what waits. A collector that is away must not keep the process from leaving."""
        sending = Thread(target=self._processor.shutdown, daemon=True)
        sending.start()
        sending.join(_FAREWELL_S)


def _resource(service: str) -> Resource:
    ours = {SERVICE_NAME: service, SERVICE_NAMESPACE: "commontime", **_version(service)}
    # What the environment says comes last: it is the operator's.
    return Resource.create(ours).merge(OTELResourceDetector().detect())


def _limits() -> SpanLimits:
    given = OTEL_SPAN_LINK_COUNT_LIMIT in os.environ
    return SpanLimits(max_links=None if given else _MOST_LINKS)


def _version(service: str) -> dict[str, str]:
    try:
        return {SERVICE_VERSION: version(service)}
    except PackageNotFoundError:
        return {}
