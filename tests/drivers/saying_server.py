"""A server that answers with its name and the headers it was sent, or streams if it is told to."""

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

# What a stream waits for after its first word.
HAPPENS = Event()


@contextmanager
def saying(name: str) -> Generator[int]:
    """On the port that it gives."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            if "X-Stream" in self.headers:
                self.stream()
                return
            body = f"{name}\n{self.headers}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def stream(self) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\n: 1\r\n")
            HAPPENS.wait(5)
            self.wfile.write(b"3\r\n: 2\r\n0\r\n\r\n")

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
