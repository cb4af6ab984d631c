"""The routes of the manifests in a real Envoy, as Envoy Gateway would give them to it.

Only what is about paths, bodies, time and repetition is translated: the order of routes by Envoy
Gateway's own rules, `timeouts`, `requestBuffer`, `retry`, what clients say of their address.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from manifests import Manifest, Manifests
from standalone.child import Child
from standalone.ports import free_port, is_open
from standalone.testing import eventually

_HTTP = "type.googleapis.com/envoy.extensions.filters.http"
_MANAGER = (
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
    ".HttpConnectionManager"
)
_EARLY = (
    "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3"
    ".HeaderMutation"
)
_KINDS = {"Exact": 2, "RegularExpression": 1, "PathPrefix": 0}


class Envoy:
    """Envoy on a free port, in front of the ports of `upstreams` by the Services' names."""

    def __init__(self, folder: Path, manifests: Manifests, upstreams: Mapping[str, int]) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._configuration = folder / "envoy.json"
        self._log = folder / "envoy.log"
        self._child: Child | None = None
        self._configuration.write_text(json.dumps(_bootstrap(manifests, upstreams, self.port)))

    def check(self) -> subprocess.CompletedProcess[str]:
        """`envoy --mode validate`."""
        words = [*self._command(), "--mode", "validate"]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    def start(self) -> None:
        self._child = Child("envoy", self._command(), log=self._log)
        child = self._child
        eventually(lambda: is_open(self.port) or not child.is_running, 60)
        if not child.is_running:
            raise child.failure()

    def stop(self) -> None:
        if self._child:
            self._child.stop()

    def _command(self) -> list[str | Path]:
        program = shutil.which("envoy", path=str(Path(sys.executable).parent))
        assert program
        # Alone, with one thread, and no place in shared memory that another might have.
        quiet = ["--concurrency", "1", "--use-dynamic-base-id", "--log-level", "warn"]
        return [program, "-c", self._configuration, *quiet]


def routes(manifests: Manifests) -> list[Manifest]:
    """All routes of the listener for people, in the order in which Envoy tries them."""
    found: list[Manifest] = []
    for route in manifests.of("HTTPRoute"):
        if any(parent["sectionName"] == "https" for parent in route["spec"]["parentRefs"]):
            name = route["metadata"]["name"]
            found += (_route(manifests, name, rule, m["path"]) for rule, m in _matches(route))
    # Envoy Gateway: by kind, then the longest first (sort.go of its translator).
    found.sort(key=lambda each: each.pop("order"), reverse=True)
    return found


def _matches(route: Manifest) -> Iterator[tuple[Manifest, Manifest]]:
    for rule in route["spec"]["rules"]:
        for match in rule["matches"]:
            yield rule, match


def _route(manifests: Manifests, name: str, rule: Manifest, path: Manifest) -> Manifest:
    kind, value = path["type"], path["value"]
    (backend,) = rule["backendRefs"]
    length = 0 if (kind, value) == ("PathPrefix", "/") else len(value)
    (policy,) = (
        policy["spec"]
        for policy in manifests.of("BackendTrafficPolicy")
        if name in {target["name"] for target in policy["spec"]["targetRefs"]}
    )
    match: Manifest = {
        "Exact": {"path": value},
        "RegularExpression": {"safe_regex": {"regex": value}},
        "PathPrefix": {"prefix": value},
    }[kind]
    idle = policy["timeout"].get("http", {}).get("streamIdleTimeout")
    action: Manifest = {
        "cluster": backend["name"],
        "timeout": rule["timeouts"]["request"],
        **({"idle_timeout": idle} if idle else {}),
        "retry_policy": {
            "retry_on": ",".join(policy["retry"]["retryOn"]["triggers"]),
            "num_retries": policy["retry"]["numRetries"],
        },
    }
    return {
        "order": (_KINDS[kind], length),
        "match": match,
        "route": action,
        "typed_per_filter_config": {"envoy.filters.http.buffer": _buffer(policy)},
    }


def _buffer(policy: Manifest) -> Manifest:
    kind = {"@type": f"{_HTTP}.buffer.v3.BufferPerRoute"}
    if "requestBuffer" not in policy:
        return {**kind, "disabled": True}
    limit: str = policy["requestBuffer"]["limit"]
    return {**kind, "buffer": {"max_request_bytes": int(limit.removesuffix("Mi")) * 1024 * 1024}}


def _bootstrap(manifests: Manifests, upstreams: Mapping[str, int], port: int) -> Manifest:
    clusters = [_cluster(name, at) for name, at in upstreams.items()]
    chain = {"filters": [{"name": "http", "typed_config": _manager(manifests)}]}
    listener = {"name": "people", "address": _address(port), "filter_chains": [chain]}
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def _manager(manifests: Manifests) -> Manifest:
    (client,) = (policy["spec"] for policy in manifests.of("ClientTrafficPolicy"))
    removed: list[str] = client["headers"]["earlyRequestHeaders"]["remove"]
    early = {"@type": _EARLY, "mutations": [{"remove": name} for name in removed]}
    host: Manifest = {"name": "all", "domains": ["*"], "routes": routes(manifests)}
    return {
        "@type": _MANAGER,
        "stat_prefix": "people",
        "use_remote_address": True,
        # As Envoy Gateway has it where nothing else is said.
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "UNESCAPE_AND_REDIRECT",
        "early_header_mutation_extensions": [{"name": "early", "typed_config": early}],
        "route_config": {"virtual_hosts": [host]},
        "http_filters": [
            _filter("buffer", "Buffer", max_request_bytes=1),
            _filter("router", "Router"),
        ],
    }


def _filter(name: str, kind: str, **settings: Any) -> Manifest:
    config = {"@type": f"{_HTTP}.{name}.v3.{kind}", **settings}
    return {"name": f"envoy.filters.http.{name}", "typed_config": config}


def _cluster(name: str, port: int) -> Manifest:
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "name": name,
        "connect_timeout": "2s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _address(port: int) -> Manifest:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
