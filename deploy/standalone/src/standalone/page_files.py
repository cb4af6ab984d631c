"""The page as `make web` built it: each file of its folder, in memory and ready to be sent."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

INDEX = "/index.html"
ASSETS = "/assets/"

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# How a file's name ends that holds another one compressed, the best first.
_ENCODINGS = {".br": "br", ".gz": "gzip"}


@dataclass(frozen=True, slots=True)
class File:
    """One file; `encoded` holds its bytes by content coding, compressed ones first."""

    media_type: str
    digest: str
    encoded: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Build:
    """The files of one build by their paths, and the `Link` header of each page that has one."""

    files: Mapping[str, File]
    links: Sequence[tuple[re.Pattern[str], str]]

    def link(self, path: str) -> str | None:
        """Return what the page at `path` needs beyond what index.html names itself."""
        return next((link for pattern, link in self.links if pattern.fullmatch(path)), None)


NOTHING = Build(MappingProxyType({}), ())


def read(folder: Path) -> Build:
    """Read a whole build, a few hundred kilobytes. Raises `OSError` where there is none."""
    links: dict[str, str] = json.loads((folder / ".vite" / "preload.json").read_bytes())
    return Build(
        dict(_files(folder)),
        [(re.compile(_pattern(page)), link) for page, link in links.items() if link],
    )


def _files(folder: Path) -> Iterator[tuple[str, File]]:
    for path in (*folder.iterdir(), *(folder / ASSETS.strip("/")).iterdir()):
        if path.is_file() and path.suffix in _MEDIA_TYPES:
            yield f"/{path.relative_to(folder).as_posix()}", _file(path)


def _file(path: Path) -> File:
    content = path.read_bytes()
    compressed = {
        encoding: packed.read_bytes()
        for ending, encoding in _ENCODINGS.items()
        if (packed := path.with_name(path.name + ending)).exists()
    }
    digest = sha256(content).hexdigest()[:16]
    return File(_MEDIA_TYPES[path.suffix], digest, {**compressed, "identity": content})


def _pattern(page: str) -> str:
    """`/p/:id` as a regular expression for whole paths."""
    return re.sub(r":\w+", "[^/]+", page) + "/?"
