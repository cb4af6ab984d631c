"""Kafka's jars: only whole and intact ones are used, and what goes wrong is one sentence."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from standalone.artifacts import Artifact, ArtifactsUnavailable, ensure, locked, parse
from standalone.ports import free_port

CONTENT = b"class files " * 1000
JAR = Artifact("org.example", "jar", "1.0", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


class Repository:
    """A Maven repository on this machine that answers with what the test says, in turn."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.asked: list[str] = []
        self.promised = len(CONTENT)

    def next_answer(self, path: str) -> bytes:
        self.asked.append(path)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    repository = Repository()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = repository.next_answer(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(repository.promised))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("MAVEN_REPOSITORY_URL", f"http://127.0.0.1:{server.server_port}/maven/")
    yield repository
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_missing_jar_is_fetched_from_its_place_in_the_repository(
    repository: Repository, tmp_path: Path
) -> None:
    repository.answers = [CONTENT]
    assert ensure([JAR], tmp_path) == [tmp_path / "jar-1.0.jar"]
    assert repository.asked == ["/maven/org/example/jar/1.0/jar-1.0.jar"]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [CONTENT]


def test_an_intact_jar_is_not_fetched_again(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / JAR.filename).write_bytes(CONTENT)
    ensure([JAR], tmp_path)
    assert repository.asked == []


@pytest.mark.parametrize("stored", [b"", CONTENT[:-1], b"X" * len(CONTENT)])
def test_a_damaged_jar_in_the_cache_is_replaced(
    stored: bytes, repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / JAR.filename).write_bytes(stored)
    repository.answers = [CONTENT]
    ensure([JAR], tmp_path)
    assert (tmp_path / JAR.filename).read_bytes() == CONTENT


@pytest.mark.parametrize("damaged", [CONTENT[:500], b"X" * len(CONTENT)])
def test_a_download_that_arrives_damaged_once_is_repeated(
    damaged: bytes, repository: Repository, tmp_path: Path
) -> None:
    repository.answers = [damaged, CONTENT]
    ensure([JAR], tmp_path)
    assert (tmp_path / JAR.filename).read_bytes() == CONTENT


@pytest.mark.parametrize("damaged", [CONTENT[:500], b"X" * len(CONTENT), CONTENT + b"more"])
def test_a_download_that_stays_damaged_is_refused_and_leaves_nothing(
    damaged: bytes, repository: Repository, tmp_path: Path
) -> None:
    repository.answers = [damaged]
    repository.promised = max(len(damaged), len(CONTENT))
    with pytest.raises(ArtifactsUnavailable, match=r"^jar-1.0.jar arrived damaged 2 times"):
        ensure([JAR], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_network_one_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAVEN_REPOSITORY_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ArtifactsUnavailable) as refused:
        ensure([JAR], tmp_path)
    assert "jar-1.0.jar could not be downloaded" in str(refused.value)
    assert "MAVEN_REPOSITORY_URL" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_progress_ends_with_everything(repository: Repository, tmp_path: Path) -> None:
    repository.answers = [CONTENT]
    told: list[tuple[int, int]] = []
    ensure([JAR], tmp_path, lambda done, total: told.append((done, total)))
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_the_committed_list_is_of_one_kafka_release_and_can_log() -> None:
    artifacts = locked()
    kafka = {one.version for one in artifacts if one.group == "org.apache.kafka"}
    assert kafka == {"4.3.1"}
    assert len({one.filename for one in artifacts}) == len(artifacts)
    assert {"kafka_2.13", "kafka-clients", "log4j-slf4j-impl"} <= {one.name for one in artifacts}
    assert parse(map(str, artifacts)) == artifacts
