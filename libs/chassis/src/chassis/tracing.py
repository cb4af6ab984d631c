"""Trace context: taken from HTTP, stored with facts, carried over Kafka, shown in logs.

Spans are recorded where `OTEL_TRACES_EXPORTER` names an exporter. Elsewhere only the identifiers
are made and passed on, which costs a few microseconds. An attribute of a span holds what a metric's
label may: no id, no path, nothing that a person wrote.
"""

import os
import secrets
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = [
    "SERVICE",
    "SpanKind",
    "are_recorded",
    "begin_span",
    "configure_tracing",
    "current_traceparent",
    "entered",
    "finish_tracing",
    "link",
    "outgoing_headers",
    "span",
    "traceparent_of",
    "unrecorded_span",
]

SERVICE: ContextVar[str] = ContextVar("service", default="commontime")
"""Whose work this is: in one process there may be several services."""

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = "commontime"
_EXPORTER = "OTEL_TRACES_EXPORTER"
_NOTHING_RECORDED = (trace.ProxyTracerProvider, trace.NoOpTracerProvider)


def current_traceparent() -> str | None:
    """Return the W3C `traceparent` of the current span; None outside of any."""
    return traceparent_of(trace.get_current_span())


def traceparent_of(given: Span) -> str | None:
    """Return the same of any span; None of one that is of no trace."""
    context = given.get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def outgoing_headers() -> dict[str, str]:
    """Return the headers that make another service's spans children of the current one."""
    traceparent = current_traceparent()
    return {"traceparent": traceparent} if traceparent else {}


def are_recorded() -> bool:
    """Say whether spans go anywhere: what is only made for them need not be made otherwise."""
    return not isinstance(trace.get_tracer_provider(), _NOTHING_RECORDED)


@contextmanager
def span(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    traceparent: str | None = None,
    links: Iterable[str] = (),
) -> Generator[Span]:
    """Run the block in a new span, a child of `traceparent` or else of the current span.

    `links` are the traceparents of work that led here without being its parent. What is no
    traceparent is ignored.
    """
    parent = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else None
    if not are_recorded():
        with trace.use_span(_unrecorded(parent)) as current:
            yield current
        return
    linked = [Link(context) for context in _contexts_of(links)]
    begun = trace.get_tracer(_TRACER).start_span(name, context=parent, kind=kind, links=linked)
    with entered(begun) as current:
        yield current


def begin_span(name: str) -> Span:
    """Begin a span of work that may come to nothing: only one that is `entered` is recorded.

    Its `traceparent_of` can be passed on before it is known whether it will be.
    """
    if not are_recorded():
        return _unrecorded(None)
    return trace.get_tracer(_TRACER).start_span(name)


@contextmanager
def entered(begun: Span) -> Generator[Span]:
    """Run the block in a span that was begun, and end it."""
    # Not the exception itself: its message may quote anything.
    with trace.use_span(
        begun, end_on_exit=True, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_attribute("error.type", type(error).__qualname__)
            current.set_status(StatusCode.ERROR)
            raise


@contextmanager
def unrecorded_span(traceparent: str | None = None) -> Generator[Span]:
    """Do the same with nothing but identifiers, for what is asked every few seconds by machines."""
    parent = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else None
    with trace.use_span(_unrecorded(parent)) as current:
        yield current


def link(to: Span, traceparents: Iterable[str]) -> None:
    """Let a span tell of work that led to it and is not its parent. Nonsense is ignored."""
    for context in _contexts_of(traceparents):
        to.add_link(context)


def configure_tracing() -> None:
    """Record spans with the exporter that `OTEL_TRACES_EXPORTER` names, if it names one."""
    name = os.environ.get(_EXPORTER, "none")
    if name == "none":
        # Without any provider the environment would be asked for one at every span.
        trace.set_tracer_provider(trace.NoOpTracerProvider())
        return
    # Loaded only here: it is slow to import, and most processes never record.
    from chassis.span_recording import NoExporter, provider_of

    try:
        trace.set_tracer_provider(provider_of(name))
    except NoExporter:
        raise SystemExit(
            f"Wrong settings: {_EXPORTER}: no exporter {name!r} is installed."
        ) from None


def finish_tracing() -> None:
    """Send what was recorded and not sent yet; gives up after a moment."""
    finish = getattr(trace.get_tracer_provider(), "finish", None)
    if finish is not None:
        finish()


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


def _contexts_of(traceparents: Iterable[str]) -> Iterator[SpanContext]:
    for traceparent in traceparents:
        extracted = _PROPAGATOR.extract({"traceparent": traceparent}, context=Context())
        context = trace.get_current_span(extracted).get_span_context()
        if context.is_valid:
            yield context
