"""Serves the page people use: its one document for all its paths, its files, and 404 for the rest.

No limit counts here: a class of 300 phones behind one address fetches some twenty files each, and
what it is limited in is the API.
"""

from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.conditional import not_modified
from chassis.problems import Problem
from chassis.response_headers import ResponseHeaders
from standalone.page_files import ASSETS, INDEX, NOTHING, Build, File, read
from standalone.routes import is_for_programs, is_page

FOLDER = Path(__file__).parent / "built_page"
"""Where `make web` puts the page; the wheel of this package holds it too."""

# Trusted types: only Vue's own policy may turn text into markup, and its templates are compiled.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types vue"
)
_FOR_EVER = "public, max-age=31536000, immutable"
_NOT_BUILT = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Commontime</title>'
    "<h1>The page has not been built here</h1>"
    "<p>Run <code>make web</code>, then load this page again; nothing has to be restarted.</p>"
    '<p>Everything else works: <a href="/docs">the API and its description</a>.</p></html>'
)


def page(folder: Path, *, https: bool) -> ASGIApp:
    """Return the application that serves the build in `folder`, also one that comes later."""
    return ResponseHeaders(_Page(folder), https=https)


class _Page:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._build = NOTHING
        self._seen = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        try:
            response = self._answer(request)
        except Problem as problem:
            response = problem.response(scope["path"])
        await response(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path = request.url.path
        wants_page = is_page(path)
        if path != INDEX and (file := self._current().files.get(path)):
            _only_reading(request)
            lasting = {"Cache-Control": _FOR_EVER if path.startswith(ASSETS) else "no-cache"}
            return _sent(request, file, lasting)
        if wants_page:
            _only_reading(request)
            return self._index(request, 200)
        if request.method == "GET" and not is_for_programs(path) and _is_browsing(request):
            return self._index(request, 404)
        raise Problem("not_found", "Nothing is served at this path.")

    def _index(self, request: Request, status: int) -> Response:
        build = self._current()
        index = build.files.get(INDEX)
        if index is None:
            return HTMLResponse(_NOT_BUILT, 503 if status == 200 else status)
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
        if link := build.link(request.url.path):
            headers["Link"] = link
        return _sent(request, index, headers, status)

    def _current(self) -> Build:
        """Return the build that lies there now: `make web` replaces the folder as a whole."""
        try:
            changed = (self._folder / INDEX.strip("/")).stat().st_mtime_ns
            if changed != self._seen:
                self._build, self._seen = read(self._folder), changed
        except OSError:
            pass  # not there yet, or just now being replaced
        return self._build


def _sent(request: Request, file: File, headers: Mapping[str, str], status: int = 200) -> Response:
    encoding = _chosen(request.headers.get("accept-encoding", ""), file)
    tag = f'"{file.digest}-{encoding}"'
    shared = {**headers, "ETag": tag, "Vary": "Accept-Encoding"}
    if status == 200 and (unchanged := not_modified(request, tag)):
        unchanged.headers.update(shared)
        return unchanged
    if encoding != "identity":
        shared["Content-Encoding"] = encoding
    return Response(file.encoded[encoding], status, shared, file.media_type)


def _chosen(accepted: str, file: File) -> str:
    """Return the first coding of the file that is accepted; each accepts the file as it is."""
    named = {
        name.strip(): parameters.replace(" ", "")
        for name, _, parameters in (one.partition(";") for one in accepted.lower().split(","))
    }
    refused = ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next(
        (name for name in file.encoded if name in named and named[name] not in refused), "identity"
    )


def _only_reading(request: Request) -> None:
    if request.method not in ("GET", "HEAD"):
        raise Problem("method_not_allowed", headers={"Allow": "GET, HEAD"})


def _is_browsing(request: Request) -> bool:
    """Whether a person waits for the answer: programs seldom ask for HTML."""
    return "text/html" in request.headers.get("accept", "")
