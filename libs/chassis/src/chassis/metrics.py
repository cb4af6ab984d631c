"""Request metrics (rate, errors, duration) per route, in a registry of the application's own."""

from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.responses import Response

from chassis.log_stream import FAILED_LOG_WRITES

_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1, 2.5, 5, 10)


class RequestMetrics:
    """Labels are method, route template and status: never an id."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "http_requests", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self._duration = Histogram(
            "http_request_duration_seconds",
            "From the first byte of a request to the last of its answer",
            ["method", "route"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        # Looking a label set up takes longer than counting.
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        key = (method, route, status)
        if key not in self._children:
            self._children[key] = (
                self._requests.labels(method, route, str(status)),
                self._duration.labels(method, route),
            )
        requests, duration = self._children[key]
        requests.inc()
        duration.observe(seconds)


def new_registry(version: str) -> CollectorRegistry:
    """Return a registry that already knows what is the process's and not of one service."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(FAILED_LOG_WRITES)
    build = Gauge(
        "commontime_build_info", "1, for the version that runs", ["version"], registry=registry
    )
    build.labels(version).set(1)
    return registry


def exposition(registry: CollectorRegistry) -> Response:
    """Return what Prometheus scrapes."""
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
