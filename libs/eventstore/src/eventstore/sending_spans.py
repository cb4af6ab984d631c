"""Continues the traces of facts while they are sent, where spans are recorded."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from chassis.tracing import SpanKind, are_recorded, current_traceparent, span
from eventstore.publishing import Message

_HEADER = "traceparent"


@contextmanager
def sending(messages: Sequence[Message]) -> Generator[Sequence[Message]]:
    """Give the messages to send: each belongs to a span of its own, a child of its fact's.

    Without spans, and of a message that is of no trace, they are as they were.
    """
    if not are_recorded():
        yield messages
        return
    with ExitStack() as spans:
        yield [_continued(message, spans) for message in messages]


def _continued(message: Message, spans: ExitStack) -> Message:
    headers = dict(message.headers)
    traceparent = headers.get(_HEADER)
    if traceparent is None:
        return message
    stored = traceparent.decode("latin-1")
    current = spans.enter_context(span("send", kind=SpanKind.PRODUCER, traceparent=stored))
    current.set_attribute("messaging.system", "kafka")
    current.set_attribute("messaging.destination.name", message.topic)
    headers[_HEADER] = (current_traceparent() or stored).encode()
    return replace(message, headers=list(headers.items()))
