"""What an operator is shown and told: the committed Prometheus, rules and Alertmanager, really run.

Only their haste differs: scraped and evaluated every second, and no alert waits for minutes.
"""

import json
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import yaml

from standalone.child import Child
from standalone.ports import free_port
from standalone.testing import eventually

OBSERVABILITY = Path(__file__).parents[2] / "deploy" / "observability"
PATIENCE = 60
_HASTE = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "500ms"}
_SOON = "2s"


class Watching:
    """`targets` are jobs and where each is scraped; a job that is not named has nobody to ask."""

    def __init__(self, folder: Path, targets: Mapping[str, str], told: int) -> None:
        """Keep everything in `folder`; `told` is the port of a `Pager`."""
        self._folder = folder
        self._ports = {"prometheus": free_port(), "alertmanager": free_port()}
        self._children: list[Child] = []
        (folder / "rules").mkdir(parents=True)
        for path in (OBSERVABILITY / "rules").glob("*.yaml"):
            _write(folder / "rules" / path.name, hasty_rules(path))
        _write(folder / "prometheus.yaml", self._prometheus(targets))
        _write(folder / "alertmanager.yaml", hasty_routes(told))

    def start(self) -> None:
        data = f"--storage.path={self._folder}/alerts"
        self._run("alertmanager", "prometheus-alertmanager", data, "--cluster.listen-address=")
        data = f"--storage.tsdb.path={self._folder}/data"
        # What is told before Alertmanager is found is lost, and by default told again in a minute.
        self._run("prometheus", "prometheus", data, f"--rules.alert.resend-delay={_SOON}")
        eventually(lambda: all(map(self._is_ready, self._ports)), PATIENCE)

    def stop(self) -> None:
        for child in self._children:
            child.stop()

    def asked(self, path: str, **parameters: str) -> Any:
        """What Prometheus answers at `/api/v1/…`; an error of its own fails the test."""
        said = httpx.get(f"{self._url('prometheus')}/api/v1/{path}", params=parameters).json()
        assert said["status"] == "success", said
        return said["data"]

    def firing(self) -> set[tuple[str, str]]:
        """Names and jobs of alerts."""
        return {
            (alert["labels"]["alertname"], alert["labels"].get("job", ""))
            for alert in self.asked("alerts")["alerts"]
            if alert["state"] == "firing"
        }

    def kept_back(self) -> set[tuple[str, str]]:
        """Names and jobs of alerts that nobody is told of, since their cause is."""
        alerts = httpx.get(f"{self._url('alertmanager')}/api/v2/alerts").json()
        return {
            (alert["labels"]["alertname"], alert["labels"].get("job", ""))
            for alert in alerts
            if alert["status"]["inhibitedBy"]
        }

    def _run(self, name: str, program: str, *words: str) -> None:
        if not (found := shutil.which(program)):
            pytest.skip(f"{program} is not installed (it is a package of Debian)")
        configuration = f"--config.file={self._folder}/{name}.yaml"
        listening = f"--web.listen-address=127.0.0.1:{self._ports[name]}"
        command = [found, configuration, listening, *words]
        self._children.append(Child(name, command, log=self._folder / f"{name}.log"))

    def _url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

    def _is_ready(self, name: str) -> bool:
        try:
            return httpx.get(f"{self._url(name)}/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def _prometheus(self, targets: Mapping[str, str]) -> dict[str, Any]:
        committed = _read(OBSERVABILITY / "prometheus.yaml")
        for job in committed["scrape_configs"]:
            del job["dns_sd_configs"]
            address = targets.get(job["job_name"])
            job["static_configs"] = [{"targets": [address] if address else []}]
        manager = {"static_configs": [{"targets": [f"127.0.0.1:{self._ports['alertmanager']}"]}]}
        return {**committed, "global": _HASTE, "alerting": {"alertmanagers": [manager]}}


def hasty_rules(path: Path) -> dict[str, Any]:
    rules = _read(path)
    for group in rules["groups"]:
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = _SOON
    return rules


def hasty_routes(told: int) -> dict[str, Any]:
    """With receivers that tell a pager."""
    committed = _read(OBSERVABILITY / "alertmanager" / "routes.yaml")
    for route in (committed["route"], *committed["route"]["routes"]):
        route |= {"group_wait": _SOON, "group_interval": _SOON}
    receivers = [
        {"name": name, "webhook_configs": [{"url": f"http://127.0.0.1:{told}/{name}"}]}
        for name in ("page", "ticket", "watchdog")
    ]
    return {**committed, "receivers": receivers}


class Pager(ThreadingHTTPServer):
    """Somebody who is told: `told` are receiver, alert and job."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.told: set[tuple[str, str, str]] = set()


class _Call(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert isinstance(self.server, Pager)
        for alert in body["alerts"]:
            labels = alert["labels"]
            self.server.told.add((self.path[1:], labels["alertname"], labels.get("job", "")))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """It tells nobody else."""


@contextmanager
def pager() -> Generator[Pager]:
    with Pager() as one:
        thread = Thread(target=one.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield one
        finally:
            one.shutdown()
            thread.join()


def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(dict(content)))
