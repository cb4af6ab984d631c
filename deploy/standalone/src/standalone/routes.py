"""Which path belongs to which service: the one table every gateway is checked against.

Patterns are regular expressions for whole paths, tried in order, in the subset that nginx, the
Kubernetes Gateway API and Python read alike.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """A pattern for whole paths, and the service that answers them."""

    pattern: str
    service: str


ROUTES = (
    Route(r"/api/v1/polls/[^/]+/(participants|schedules)(/.*)?", "availability"),
    Route(r"/api/v1/polls/[^/]+/(recommendations|heatmap|timeline|stream)(/.*)?", "recommender"),
    Route(r"/api/v1/polls/[^/]+/event\.ics", "event-lifecycle"),
    Route(r"/api/v1/polls(/.*)?", "poll-api"),
    Route(r"/api/v1/(accounts|sessions|feeds)(/.*)?", "poll-api"),
    Route(r"/\.well-known/jwks\.json", "poll-api"),
    Route(r"/api/v1/(events|webhooks)(/.*)?", "event-lifecycle"),
)

# The paths of the page: each is answered with index.html, and the page's own router does the rest.
PAGES = (r"/", r"/(new|events|reset-password)/?", r"/p/[^/]+/?")
# What the instance answers itself: its description, its health and the pages of problems.
OWN = r"/(docs|problems)(/.*)?|/(openapi\.json|healthz|readyz)"
# Never a page, whoever asks: programs do, and what they get has to say so in JSON.
FOR_PROGRAMS = r"/(api|assets|internal|-|\.well-known)(/.*)?|/metrics"

# What services ask each other. No gateway forwards it; each service asks for the service token,
# but for the keys, which are public.
INTERNAL_PREFIX = "/-/"
_INTERNAL = re.compile(r"/-/([a-z-]+)(/internal/.*|/\.well-known/jwks\.json)")
_OWN = re.compile(OWN)
_FOR_PROGRAMS = re.compile(FOR_PROGRAMS)
_PAGE = re.compile("|".join(PAGES))
_COMPILED = tuple((re.compile(route.pattern), route.service) for route in ROUTES)


def service_of(path: str) -> str | None:
    """Return the service that answers `path`; None where none does."""
    for pattern, service in _COMPILED:
        if pattern.fullmatch(path):
            return service
    return None


def is_page(path: str) -> bool:
    """Say whether the page has something to show at `path`."""
    return _PAGE.fullmatch(path) is not None


def is_own(path: str) -> bool:
    """Say whether the instance's own application answers `path`."""
    return _OWN.fullmatch(path) is not None


def is_for_programs(path: str) -> bool:
    """Say whether `path` is for programs, also where nothing is served at it."""
    return _FOR_PROGRAMS.fullmatch(path) is not None


def internal_target(path: str) -> tuple[str, str] | None:
    """Split `/-/poll-api/internal/v1/heads` into the service and the path it knows."""
    match = _INTERNAL.fullmatch(path)
    return (match[1], match[2]) if match else None
