"""The jars of Apache Kafka: exactly the committed list, fetched once, verified at every start.

They live in a cache outside the checkout, so that a second checkout and a second home share them.
"""

import hashlib
import http.client
import os
import ssl
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

import certifi

from standalone.failures import Failure

THREADS = 8
TIMEOUT = 30
ATTEMPTS = 2


class ArtifactsUnavailable(Failure):
    """Apache Kafka could not be fetched."""


@dataclass(frozen=True)
class Artifact:
    """One jar: its Maven coordinates, and what its bytes must be."""

    group: str
    name: str
    version: str
    sha256: str
    size: int

    @property
    def filename(self) -> str:
        return f"{self.name}-{self.version}.jar"

    @property
    def path(self) -> str:
        """Where a Maven repository keeps it, relative to the repository's address."""
        return f"{self.group.replace('.', '/')}/{self.name}/{self.version}/{self.filename}"

    def matches(self, content: bytes) -> bool:
        return len(content) == self.size and hashlib.sha256(content).hexdigest() == self.sha256

    def __str__(self) -> str:
        return f"{self.group}:{self.name}:{self.version} {self.sha256} {self.size}"


def parse(lines: Iterable[str]) -> list[Artifact]:
    """Read lines of `group:artifact:version sha256 size`."""
    artifacts: list[Artifact] = []
    for line in lines:
        coordinates, sha256, size = line.split()
        group, name, version = coordinates.split(":")
        artifacts.append(Artifact(group, name, version, sha256, int(size)))
    return artifacts


def locked() -> list[Artifact]:
    """Return the committed list."""
    return parse(files("standalone").joinpath("kafka-artifacts.txt").read_text().splitlines())


def cache_folder() -> Path:
    """Where downloads are kept: `COMMONTIME_CACHE`, else the user's cache folder."""
    if chosen := os.environ.get("COMMONTIME_CACHE"):
        return Path(chosen)
    user_cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(user_cache) / "commontime"


def repository_url() -> str:
    """The Maven repository to fetch from: `MAVEN_REPOSITORY_URL`, else the central one."""
    if chosen := os.environ.get("MAVEN_REPOSITORY_URL"):
        return chosen.rstrip("/")
    from jgo.constants import MAVEN_CENTRAL_URL  # takes 0.3 s, needed at the first start only

    return MAVEN_CENTRAL_URL


def ensure(
    artifacts: list[Artifact],
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Return the paths of all artifacts, after fetching those that are missing or damaged.

    `progress` is told how many of the missing bytes have arrived. Raises `ArtifactsUnavailable`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(THREADS) as pool:
        intact = pool.map(partial(_is_intact, folder=folder), artifacts)
        missing = [
            artifact for artifact, is_intact in zip(artifacts, intact, strict=True) if not is_intact
        ]
        if missing:
            url = repository_url()
            total, done = sum(artifact.size for artifact in missing), 0
            fetched = pool.map(partial(_fetch, url=url, folder=folder), missing)
            for artifact, _ in zip(missing, fetched, strict=True):
                done += artifact.size
                progress(done, total)
    return [folder / artifact.filename for artifact in artifacts]


def kafka_paths() -> list[Path]:
    """Return where Kafka's jars lie, or will lie once fetched."""
    return [cache_folder() / "kafka" / artifact.filename for artifact in locked()]


def kafka_jars(progress: Callable[[int, int], None] = lambda done, total: None) -> list[Path]:
    """Return Kafka's jars, after fetching what the cache lacks. Raises `ArtifactsUnavailable`."""
    return ensure(locked(), cache_folder() / "kafka", progress)


def _is_intact(artifact: Artifact, folder: Path) -> bool:
    try:
        return artifact.matches((folder / artifact.filename).read_bytes())
    except OSError:
        return False


def _fetch(artifact: Artifact, url: str, folder: Path) -> None:
    for _ in range(ATTEMPTS):
        content = _download(f"{url}/{artifact.path}", artifact)
        if artifact.matches(content):
            _keep(content, folder / artifact.filename)
            return
    raise ArtifactsUnavailable(
        f"{artifact.filename} arrived damaged {ATTEMPTS} times: "
        "its SHA-256 is not the one this version was tested with."
    )


def _download(address: str, artifact: Artifact) -> bytes:
    # The system's certificates (a company's own among them), and certifi's where it has none.
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT, context=context) as answer:  # noqa: S310 - the operator's own setting
            return answer.read(artifact.size + 1)
    except http.client.IncompleteRead as truncated:
        return truncated.partial
    except OSError as problem:
        reason = getattr(problem, "reason", problem)
        raise ArtifactsUnavailable(
            f"Apache Kafka's {artifact.filename} could not be downloaded ({reason}): "
            "the first start needs the network, or MAVEN_REPOSITORY_URL set to a mirror."
        ) from problem


def _keep(content: bytes, path: Path) -> None:
    """Write whole or not at all, also when two processes fetch at the same time."""
    new = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        new.write_bytes(content)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
