"""A page of a document, a script and two pictures, laid out as `web/scripts/publish.mjs` does."""

import gzip
import json
from pathlib import Path

HTML = "<!doctype html><div id=app></div>"
SCRIPT = "console.log('the page')"
# What only a browser could read: enough to tell that it was chosen.
BROTLI = b"as brotli has it"
LINK = "</assets/poll-1.js>; rel=modulepreload"
_PRELOADS = f'map $request_uri $preload {{\n    "~^/p/[^/?]+/?([?]|$)" "{LINK}";\n}}\n'


def lay_out(folder: Path, html: str = HTML) -> Path:
    """Write the page into `folder`, or another one over it."""
    files = {
        "index.html": html.encode(),
        "index.html.gz": gzip.compress(html.encode()),
        "index.html.br": BROTLI,
        "icon.svg": b"<svg/>",
        "assets/index-1.js": SCRIPT.encode(),
        "assets/index-1.js.gz": gzip.compress(SCRIPT.encode()),
        "assets/index-1.js.br": BROTLI,
        "assets/picture-1.png": b"a picture",
        ".vite/manifest.json": b"{}",
        ".vite/preload.json": json.dumps({"/p/:id": LINK, "/events": ""}).encode(),
        ".vite/preload.conf": _PRELOADS.encode(),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
