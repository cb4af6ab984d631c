"""docs/examples/receiver.py, run as its reader runs it, takes what is ours, and that once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from event_lifecycle.webhooks.signing import new_secret, shown, signature
from standalone.ports import free_port
from standalone.testing import eventually

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "receiver.py"
BODY = b'{"type":"event.created","timestamp":"2030-01-07T17:00:00Z","data":{},"sequence":1}'
SECRET = new_secret()


class Receiver:
    """The example as a process with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.starts()

    def starts(self) -> None:
        with (self._folder / "printed").open("ab") as printed:
            self._process = subprocess.Popen(
                [sys.executable, str(EXAMPLE), str(self._port)],
                cwd=self._folder,
                env={**os.environ, "WEBHOOK_SECRET": shown(SECRET)},
                stdout=printed,
            )
        eventually(self._listens, 20)

    def ends(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def is_sent(self, body: bytes, headers: dict[str, str]) -> int:
        answer = httpx.post(f"http://127.0.0.1:{self._port}/hook", content=body, headers=headers)
        return answer.status_code

    def printed(self) -> list[dict[str, Any]]:
        lines = (self._folder / "printed").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def _listens(self) -> bool:
        try:
            return self.is_sent(b"", {}) == 401
        except httpx.TransportError:
            return False


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    started = Receiver(tmp_path)
    yield started
    started.ends()


def headers(
    *secrets: bytes, id_: str = "msg_1", at: datetime | None = None, body: bytes = BODY
) -> dict[str, str]:
    """As we send them: a signature of each secret."""
    timestamp = int((at or datetime.now(UTC)).timestamp())
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(one, id_, timestamp, body) for one in secrets),
    }


def test_it_takes_each_message_once_also_after_it_was_restarted(receiver: Receiver) -> None:
    assert receiver.is_sent(BODY, headers(SECRET)) == 204
    assert receiver.is_sent(BODY, headers(SECRET)) == 204
    receiver.ends()
    receiver.starts()
    assert receiver.is_sent(BODY, headers(SECRET)) == 204
    assert receiver.is_sent(BODY, headers(SECRET, id_="msg_2")) == 204
    assert receiver.printed() == [json.loads(BODY)] * 2


def test_it_takes_nothing_that_is_old_foreign_changed_or_senseless(receiver: Receiver) -> None:
    signed = headers(SECRET)
    six_minutes = timedelta(minutes=6)
    refused: list[tuple[bytes, dict[str, str]]] = [
        (BODY, headers(SECRET, at=datetime.now(UTC) - six_minutes)),
        (BODY, headers(SECRET, at=datetime.now(UTC) + six_minutes)),
        (BODY, headers(new_secret())),
        (BODY.replace(b"1}", b"2}"), signed),
        (BODY, {**signed, "webhook-id": "msg_2"}),
        (BODY, {**signed, "webhook-signature": "v1"}),
        (BODY, {**signed, "webhook-timestamp": "today"}),
        (b"\xff", headers(SECRET, body=b"\xff")),
    ]
    for body, wrong in refused:
        assert receiver.is_sent(body, wrong) == 401, wrong
    assert receiver.printed() == []


def test_it_needs_no_change_at_the_moment_of_a_rotation(receiver: Receiver) -> None:
    assert receiver.is_sent(BODY, headers(new_secret(), SECRET)) == 204
    assert receiver.printed() == [json.loads(BODY)]
