"""A partner who is told of events and polls, and who is sometimes not well."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Literal

from standardwebhooks import Webhook, WebhookVerificationError

Mood = Literal["well", "fails", "hangs", "drops acknowledgements"]
# Longer than WEBHOOK_TIMEOUT of the deployment.
_LONG_S = 2.5


@dataclass(frozen=True)
class Told:
    id: str
    body: bytes
    verified: bool


@dataclass
class Receiver:
    """`told` is what it took in, also where it never said so."""

    url: str = ""
    secret: str = ""
    mood: Mood = "well"
    told: list[Told] = field(default_factory=list[Told])
    _lock: Lock = field(default_factory=Lock)

    def takes(self, headers: dict[str, str], body: bytes) -> int | None:
        """The status to answer with, None for no answer."""
        mood = self.mood
        if mood == "fails":
            return 500
        if mood == "hangs":
            time.sleep(_LONG_S)
            return None
        with self._lock:
            self.told.append(Told(headers["webhook-id"], body, self._verifies(headers, body)))
        return 204 if mood == "well" else None

    def _verifies(self, headers: dict[str, str], body: bytes) -> bool:
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            return False
        return True


@contextmanager
def serve_receiver() -> Generator[Receiver]:
    """On this machine, in threads of its own."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.takes(headers, body)
            self.close_connection = True
            if status is not None:
                self.send_response(status)
                self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever gave up waiting is not there to be answered."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
