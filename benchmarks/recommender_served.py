"""Recommender alone, in a process of its own as its command line runs it, on PostgreSQL and Kafka.

Its log goes to a file. It has one more endpoint, which does nothing.
"""

import json
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

from fastapi import APIRouter, Response

from benchmarks.servers import database
from chassis.graceful_server import GracefulServer, uvicorn_config
from chassis.logs import configure_logs
from chassis.migrations import migrate
from contracts import topics
from contracts.fact import Span
from inbox.testing.owner import serve_owner
from inbox.topics import ensure_topics
from recommender.main import create_app
from recommender.migrations import FOLDERS
from recommender.settings import Settings
from recommender.testing import START, Others, Poll, others, settings_of

MODULE = "benchmarks.recommender_served"

_DAYS = 14


@asynccontextmanager
async def served(
    server: str, bootstrap: str
) -> AsyncGenerator[tuple[tuple[str, int], Poll, Others]]:
    prefix = f"bench{secrets.token_hex(4)}."
    await ensure_topics(bootstrap, prefix, [topics.POLLS, topics.SCHEDULES, topics.PARTICIPANTS])
    async with (
        serve_owner() as poll_api,
        serve_owner() as availability,
        others(bootstrap, prefix, poll_api, availability) as they,
    ):
        with database(server) as url:
            migrate(url, *FOLDERS)
            settings = settings_of(url, bootstrap, prefix, poll_api, availability)
            with _serving(settings) as address:
                yield address, await _opened(they), they


@contextmanager
def _serving(settings: Settings) -> Generator[tuple[str, int]]:
    """The service in another process, which listens on our socket."""
    document = settings.model_dump(mode="json")
    for name in ("database_url", "service_token"):
        document[name] = getattr(settings, name).get_secret_value()
    with (
        tempfile.TemporaryFile() as log,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        command = [sys.executable, "-m", MODULE, str(listening.fileno())]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, pass_fds=[listening.fileno()]
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(document).encode())
        process.stdin.close()
        try:
            yield listening.getsockname()
        finally:
            process.terminate()
            process.wait(15)


def serve(descriptor: int) -> None:
    """Of the other process: settings come in, as the file `descriptor` a socket that listens."""
    settings = Settings.model_validate_json(sys.stdin.read())
    configure_logs(settings)
    app = create_app(settings)
    router = APIRouter(prefix="/api/v1/polls/{poll_id}", include_in_schema=False)
    router.add_api_route("/nothing", _nothing)
    app.include_router(router)
    # The first to be tried, so that finding it costs the least.
    app.router.routes.insert(0, app.router.routes.pop())
    listening = socket.socket(fileno=descriptor)
    config = uvicorn_config(app, host="127.0.0.1", port=0)
    GracefulServer(config, [app.state.draining]).run(sockets=[listening])


async def _nothing() -> Response:
    return Response()


async def _opened(they: Others) -> Poll:
    slots = tuple(
        Span(start=START + timedelta(days=day), end=START + timedelta(days=day, hours=9))
        for day in range(_DAYS)
    )
    window = Span(start=START, end=START + timedelta(days=_DAYS))
    return await they.opened(window=window, slots=slots)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
