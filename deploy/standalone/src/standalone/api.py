"""A small client of the running instance, for the commands that talk to it."""

import contextlib
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from standalone.failures import Failure

TIMEOUT = 60
PATIENCE = 30


class Refused(Failure):
    """The instance answered with an error."""


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is the JSON value, None where there is none."""

    body: Any
    sequence: str | None


class Api:
    """Calls one instance."""

    def __init__(self, url: str) -> None:
        """`url` is the instance's origin: `http://host:port`."""
        self.url = url
        self._address = url.removeprefix("http://")

    def get(self, path: str, token: str | None = None, *, at_least: str | None = None) -> Answer:
        """Read; with `at_least`, a `Commontime-Sequence` of an earlier answer, not less than that.

        "Not there yet" (404, 503) is asked again for half a minute: facts need a moment to arrive.
        """
        headers = {"Commontime-Min-Sequence": at_least} if at_least else {}
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.call("GET", path, token, headers=headers)
            except Refused:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def call(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one request. Raises `Refused` with the problem's own words."""
        content = None if body is None else json.dumps(body)
        sent = {**(headers or {})}
        if content is not None:
            sent["Content-Type"] = "application/json"
        if token:
            sent["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        with contextlib.closing(connection):
            connection.request(method, path, content, sent)
            response = connection.getresponse()
            received = response.read()
        if response.status >= 300:
            raise Refused(f"{method} {path}: {response.status} {_reason(received)}")
        answer = json.loads(received) if received else None
        return Answer(answer, response.getheader("Commontime-Sequence"))


def _reason(received: bytes) -> str:
    try:
        return str(json.loads(received)["detail"])
    except (ValueError, KeyError, TypeError):
        return ""
