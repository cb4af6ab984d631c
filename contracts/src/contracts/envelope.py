"""The envelope around facts and states: CloudEvents 1.0.

On Kafka in binary mode (headers `ce_…`, the fact's JSON as the value), between services over HTTP
in structured JSON: the same attributes, the fact under `data`.
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json

CONTENT_TYPE = "application/json"


class NotAnEnvelope(ValueError):
    """The message lacks what every CloudEvent of ours carries."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One fact or state on its way. `data` is its JSON; `sequence` counts per `key` and service."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int
    key: str
    data: bytes
    traceparent: str | None = None

    def headers(self) -> list[tuple[str, bytes]]:
        """Kafka headers of the binary mode; the message's key is `key`, its value `data`."""
        pairs = [
            ("ce_specversion", "1.0"),
            ("ce_id", self.id),
            ("ce_source", self.source),
            ("ce_type", self.type),
            ("ce_subject", self.subject),
            ("ce_time", _rfc3339(self.time)),
            ("ce_sequence", str(self.sequence)),
            ("ce_partitionkey", self.key),
            ("content-type", CONTENT_TYPE),
        ]
        if self.traceparent is not None:
            pairs.append(("traceparent", self.traceparent))
        return [(name, value.encode()) for name, value in pairs]

    @classmethod
    def from_kafka(cls, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> "Envelope":
        """From a consumed message. Raises `NotAnEnvelope`, also for a tombstone (`value` None)."""
        if value is None:
            raise NotAnEnvelope("a tombstone has no envelope")
        try:
            named = {name: raw.decode() for name, raw in headers}
            return cls(
                id=named["ce_id"],
                source=named["ce_source"],
                type=named["ce_type"],
                subject=named["ce_subject"],
                time=datetime.fromisoformat(named["ce_time"]),
                sequence=int(named["ce_sequence"]),
                key=named["ce_partitionkey"],
                data=value,
                traceparent=named.get("traceparent"),
            )
        except (KeyError, ValueError) as error:
            raise NotAnEnvelope(f"bad or missing header: {error}") from error

    def to_json(self) -> dict[str, Any]:
        """Structured mode, ready for a JSON encoder; `data` as the parsed fact."""
        return {**self.attributes(), "data": from_json(self.data)}

    def attributes(self) -> dict[str, str]:
        """Structured mode without `data`, for an encoder that takes JSON as it is."""
        attributes = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": _rfc3339(self.time),
            "sequence": str(self.sequence),
            "partitionkey": self.key,
            "datacontenttype": CONTENT_TYPE,
        }
        if self.traceparent is not None:
            attributes["traceparent"] = self.traceparent
        return attributes

    @classmethod
    def from_json(cls, attributes: Mapping[str, Any]) -> "Envelope":
        """From structured mode. Raises `NotAnEnvelope`."""
        try:
            return cls(
                id=attributes["id"],
                source=attributes["source"],
                type=attributes["type"],
                subject=attributes["subject"],
                time=datetime.fromisoformat(attributes["time"]),
                sequence=int(attributes["sequence"]),
                key=attributes["partitionkey"],
                data=to_json(attributes["data"]),
                traceparent=attributes.get("traceparent"),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise NotAnEnvelope(f"bad or missing attribute: {error}") from error


def _rfc3339(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
