"""Receives Commontime's webhooks and prints each message once.

pip install standardwebhooks
WEBHOOK_SECRET=whsec_… python receiver.py 9000
"""

import json
import os
import sqlite3
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

DATABASE = "received.db"
LARGEST_BODY = 1_000_000
webhook = Webhook(os.environ["WEBHOOK_SECRET"])


def handle(message: dict[str, Any], database: sqlite3.Connection) -> None:
    """Your work. What it writes is committed together with the message's id, or not at all."""
    print(json.dumps(message), flush=True)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if length > LARGEST_BODY:
            return self.answer(413)
        body = self.rfile.read(length)
        try:
            # Of the bytes as they came. What is older than five minutes is refused, too: nobody
            # can record a message today and send it again tomorrow.
            message = webhook.verify(body, dict(self.headers))
        except (WebhookVerificationError, ValueError):
            return self.answer(401)
        with closing(sqlite3.connect(DATABASE)) as database, database:
            if is_new(self.headers["webhook-id"], database):
                handle(message, database)
        return self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """No access log."""


def is_new(message_id: str, database: sqlite3.Connection) -> bool:
    """Whether it came for the first time. Ids older than 30 days may be forgotten."""
    return database.execute("insert or ignore into ids values (?)", [message_id]).rowcount == 1


if __name__ == "__main__":
    with closing(sqlite3.connect(DATABASE)) as first:
        first.execute("create table if not exists ids (id text primary key)")
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
