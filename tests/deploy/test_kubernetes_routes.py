"""The HTTPRoutes are the one table of routes, also in a real Envoy."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.limit_settings import LimitSettings
from chassis.rate_limits import allowance
from envoy import Envoy, routes
from manifests import Manifests, rendered
from saying_server import HAPPENS, saying
from standalone.routes import ROUTES, service_of
from standalone.services import SERVICES

POLL = "/api/v1/polls/0198c0de-0000-7000-8000-000000000000"
STREAM = re.compile(r"/api/v1/(polls/[^/]+|events)/stream")
STREAMS = (f"{POLL}/stream", "/api/v1/events/stream")
# Where nothing of the API is: the page answers, and says so to programs in JSON.
OTHERS = (
    *("/", "/new", "/p/x", "/assets/a.js", "/metrics", "/readyz", "/internal/v1/heads"),
    *("/-/poll-api/internal/v1/heads", "/api/v1/pollsters", "/api/v1/eventsx", "/api/v2/polls"),
    *("/xapi/v1/polls", "//internal/v1/heads"),
)


def examples() -> Iterator[str]:
    """Paths that the table's patterns match: each choice in turn, with and without an end."""
    for route in ROUTES:
        plain, *groups = re.split(r"\(([^()]*)\)(\??)", route.pattern)
        choices = [[plain]]
        for group, optional, after in zip(groups[::3], groups[1::3], groups[2::3], strict=True):
            choices += [["", "/", "/a/b"] if optional else group.split("|"), [after]]
        for words in product(*choices):
            yield "".join(words).replace(r"\.", ".").replace("[^/]+", "0198c0de")


def wrong_routes(manifests: Manifests) -> list[str]:
    """Where the manifests and the table differ, without an Envoy."""
    found: list[str] = []
    table = [(_matcher(route["match"]), route["route"]) for route in routes(manifests)]
    for path in (*examples(), "/problems/not_found", *STREAMS, *OTHERS):
        action = next(action for matches, action in table if matches(path))
        if action["cluster"] != wanted(path):
            found.append(f"{path} leads to {action['cluster']}")
        if (action["timeout"] == "0s") != bool(STREAM.match(path)):
            found.append(f"{path} has a timeout of {action['timeout']}")
        if action["retry_policy"]["retry_on"] != "connect-failure":
            found.append(f"{path} may be sent twice")
    return found


def wanted(path: str) -> str:
    return service_of(path) or ("poll-api" if path.startswith("/problems") else "gateway")


def _matcher(match: dict[str, Any]) -> Callable[[str], bool]:
    if "path" in match:
        return lambda path: path == match["path"]
    if "prefix" in match:
        return lambda path: path.startswith(match["prefix"])
    pattern = re.compile(match["safe_regex"]["regex"])
    return lambda path: pattern.fullmatch(path) is not None


def test_the_routes_are_the_one_table() -> None:
    assert len(set(examples())) > 30
    assert wrong_routes(rendered("prod")) == []


def _rule(m: Manifests, route: str, rule: int) -> dict[str, Any]:
    return m.one("HTTPRoute", route)["spec"]["rules"][rule]


def _more(m: Manifests, rule: int, pattern: str) -> None:
    match = {"path": {"type": "RegularExpression", "value": pattern}}
    _rule(m, "api", rule)["matches"].append(match)


PLANTED: list[tuple[str, Callable[[Manifests], object]]] = [
    ("leads to", lambda m: _rule(m, "api", 0)["backendRefs"][0].update(name="poll-api")),
    ("leads to poll-api", lambda m: m.one("HTTPRoute", "api")["spec"]["rules"].pop(0)),
    ("leads to gateway", lambda m: _rule(m, "api", 3)["matches"].pop(0)),
    (
        "leads to availability",
        lambda m: _more(m, 0, "/api/v1/polls/[^/]+/(event.ics)?(.*)?"),
    ),
    # Longer than the one for the stream, and so tried before it.
    (
        "/stream has a timeout of 35s",
        lambda m: _more(m, 1, "/api/v1/polls/[^/]+/(stream|nothing)"),
    ),
    ("has a timeout of 0s", lambda m: _rule(m, "api", 1)["timeouts"].update(request="0s")),
    (
        "sent twice",
        lambda m: m.one("BackendTrafficPolicy", "api")["spec"]["retry"]["retryOn"].update(
            triggers=["connect-failure", "5xx"]
        ),
    ),
]


@pytest.mark.parametrize(("says", "plant"), PLANTED)
def test_a_route_that_differs_from_the_table_is_found(
    says: str, plant: Callable[[Manifests], object]
) -> None:
    manifests = rendered("prod")
    plant(manifests)
    found = wrong_routes(manifests)
    assert any(says in each for each in found), found


def test_callers_meet_the_services_limits_and_not_the_gateways() -> None:
    theirs = allowance(LimitSettings.model_fields["rate_limit_per_address"].get_default())
    assert theirs
    for policy in rendered("prod").of("BackendTrafficPolicy"):
        rules = policy["spec"]["rateLimit"]["local"]["rules"]
        assert {rule["clientSelectors"][0]["sourceCIDR"]["value"] for rule in rules} == {
            "0.0.0.0/0",
            "::/0",
        }
        for rule in rules:
            assert rule["clientSelectors"][0]["sourceCIDR"]["type"] == "Distinct"
            assert rule["limit"]["unit"] == "Second"
            assert rule["limit"]["requests"] > theirs.burst


@pytest.fixture(scope="module")
def upstreams() -> Iterator[dict[str, int]]:
    """Servers that say which they are, and what they were sent."""
    with ExitStack() as opened:
        names = [*(service.name for service in SERVICES), "gateway"]
        yield {name: opened.enter_context(saying(name)) for name in names}


@pytest.fixture(scope="module")
def envoy(upstreams: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Envoy]:
    """A real one in front of them."""
    with ExitStack() as opened:
        running = Envoy(tmp_path_factory.mktemp("envoy"), rendered("prod"), upstreams)
        checked = running.check()
        assert checked.returncode == 0, checked.stderr
        running.start()
        opened.callback(running.stop)
        yield running


def test_envoy_sends_each_path_to_its_service(envoy: Envoy) -> None:
    with httpx.Client(base_url=envoy.url) as client:
        for path in (*examples(), *OTHERS, "/problems/not_found"):
            said = client.post(path, content=b"{}").text.splitlines()
            assert said[0] == wanted(path), path


def test_envoy_takes_no_way_around_that_is_written_into_a_path(envoy: Envoy) -> None:
    ways = (
        "/api/v1/polls/../../../internal/v1/heads",
        "/api/v1/polls/%2e%2e/%2e%2e/%2e%2e/internal/v1/heads",
        "/api/v1/polls%2f..%2f..%2f..%2finternal",
    )
    with httpx.Client(base_url=envoy.url, follow_redirects=True) as client:
        for path in ways:
            assert client.get(path).text.splitlines()[0] == "gateway", path


def test_envoy_refuses_a_body_of_two_mebibytes(envoy: Envoy) -> None:
    with httpx.Client(base_url=envoy.url) as client:
        assert client.post("/api/v1/polls", content=bytes(2 << 20)).status_code == 413
        assert client.post("/api/v1/polls", content=bytes(1 << 20)).status_code == 200


def test_nobody_chooses_the_address_that_services_count_by(envoy: Envoy) -> None:
    claimed = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    with httpx.Client(base_url=envoy.url, headers=claimed) as client:
        told = client.get(POLL).text.lower()
    assert "x-forwarded-for: " in told
    assert "203.0.113.9" not in told


def test_an_event_passes_envoy_when_it_happens(envoy: Envoy) -> None:
    for path in STREAMS:
        HAPPENS.clear()
        with httpx.stream(
            "GET", envoy.url + path, headers={"X-Stream": "yes"}, timeout=5
        ) as answer:
            chunks = answer.iter_raw()
            assert next(chunks) == b": 1"
            HAPPENS.set()
            assert next(chunks) == b": 2"


def test_a_request_has_its_time_and_a_stream_has_all_of_it(
    upstreams: dict[str, int], tmp_path: Path
) -> None:
    manifests = rendered("prod")
    for rule in (rule for route in manifests.of("HTTPRoute") for rule in route["spec"]["rules"]):
        if rule.get("timeouts", {}).get("request") == "35s":
            rule["timeouts"]["request"] = "0.3s"
    envoy = Envoy(tmp_path, manifests, upstreams)
    envoy.start()
    HAPPENS.clear()
    told = {"X-Stream": "yes"}
    try:
        with httpx.stream("GET", envoy.url + STREAMS[0], headers=told) as stream:
            chunks = stream.iter_raw()
            assert next(chunks) == b": 1"
            with pytest.raises(httpx.RemoteProtocolError):
                httpx.get(envoy.url + POLL, headers=told)
            HAPPENS.set()
            assert next(chunks) == b": 2"
    finally:
        HAPPENS.set()
        envoy.stop()
