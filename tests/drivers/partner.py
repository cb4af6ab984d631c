"""A partner's HTTP server: remembers what it was told, and answers as it is bidden."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Partner:
    """`statuses` are the next answers, the last one first; without any it answers 204."""

    url: str = ""
    received: list[tuple[dict[str, str], bytes]] = field(
        default_factory=list[tuple[dict[str, str], bytes]]
    )
    statuses: list[int] = field(default_factory=list[int])

    def takes(self, headers: dict[str, str], body: bytes) -> int:
        self.received.append((headers, body))
        return self.statuses.pop() if self.statuses else 204

    def verified(self, secret: str) -> list[dict[str, Any]]:
        """What it was told, each message verified by the reference implementation."""
        webhook = Webhook(secret)
        return [webhook.verify(body, headers) for headers, body in self.received]


@contextmanager
def serve_partner() -> Generator[Partner]:
    """A partner that listens on this machine, in a thread: it is nobody's event loop."""
    partner = Partner()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(partner.takes(dict(self.headers), body))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """What was told may be personal: nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        partner.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield partner
        finally:
            server.shutdown()
            thread.join()
