"""Trace context: taken from HTTP, stored with facts, carried over Kafka, shown in logs.

Spans are recorded where `OTEL_TRACES_EXPORTER` names an installed exporter. Elsewhere only the
identifiers are made and passed on, which costs a few microseconds.
"""

import os
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_EXPORTER = "OTEL_TRACES_EXPORTER"
_NOTHING_RECORDED = (trace.ProxyTracerProvider, trace.NoOpTracerProvider)


def current_traceparent() -> str | None:
    """Return the W3C `traceparent` of the current span; None outside of any."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def outgoing_headers() -> dict[str, str]:
    """Return the headers that make another service's spans children of the current one."""
    traceparent = current_traceparent()
    return {"traceparent": traceparent} if traceparent else {}


@contextmanager
def span(
    name: str, *, traceparent: str | None = None, links: Sequence[str] = ()
) -> Generator[Span]:
    """Run the block in a new span, a child of `traceparent` or else of the current span.

    `links` are the traceparents of work that led here without being its parent. What is no
    traceparent is ignored.
    """
    parent = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else None
    if isinstance(trace.get_tracer_provider(), _NOTHING_RECORDED):
        with trace.use_span(_unrecorded(parent)) as current:
            yield current
    else:
        linked = [Link(context) for link in links if (context := _context_of(link)).is_valid]
        tracer = trace.get_tracer("commontime")
        with tracer.start_as_current_span(name, context=parent, links=linked) as current:
            yield current


def configure_tracing() -> None:
    """Record spans with the exporter that `OTEL_TRACES_EXPORTER` names, if it names one."""
    name = os.environ.get(_EXPORTER, "none")
    if name == "none":
        # Without any provider the environment would be asked for one at every span.
        trace.set_tracer_provider(trace.NoOpTracerProvider())
        return
    # Loaded only here: it is slow to import, and most processes never record.
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporters = entry_points(group="opentelemetry_traces_exporter", name=name)
    if not exporters:
        raise SystemExit(f"Wrong settings: {_EXPORTER}: no exporter {name!r} is installed.")
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(next(iter(exporters)).load()()))
    trace.set_tracer_provider(provider)


def _unrecorded(parent: Context | None) -> Span:
    above = trace.get_current_span(parent).get_span_context()
    return NonRecordingSpan(
        SpanContext(
            trace_id=above.trace_id if above.is_valid else secrets.randbits(128),
            span_id=secrets.randbits(64) | 1,
            is_remote=False,
            trace_flags=above.trace_flags if above.is_valid else TraceFlags(TraceFlags.SAMPLED),
        )
    )


def _context_of(traceparent: str) -> SpanContext:
    extracted = _PROPAGATOR.extract({"traceparent": traceparent}, context=Context())
    return trace.get_current_span(extracted).get_span_context()
