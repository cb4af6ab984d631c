"""The files for the images, as far as they can be judged without an engine.

One is for all services, the other for the gateway with the page.
"""

import json
import re
import subprocess
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from standalone.services import SERVICES, Service

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "docker"
SERVICE = (FOLDER / "python.Dockerfile").read_text()
GATEWAY = (FOLDER / "gateway.Dockerfile").read_text()
either = pytest.mark.parametrize("text", [SERVICE, GATEWAY], ids=["service", "gateway"])
HADOLINT = Path(sys.executable).with_name("hadolint")


def instructions(text: str) -> list[str]:
    """Each on one line, without comments."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return [line for line in re.sub(r"\\\n\s*", " ", lines).splitlines() if line.strip()]


def final_stage(text: str) -> list[str]:
    lines = instructions(text)
    last = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    return lines[last:]


@either
def test_any_builder_can_build_it(text: str) -> None:
    # A syntax line is fetched from a registry, and older builders know no heredocs or mounts.
    assert "# syntax" not in text
    assert "<<" not in text
    assert "--mount" not in text


@either
def test_the_image_runs_as_nobody_in_particular(text: str) -> None:
    lines = final_stage(text)
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER 10001:10001"]
    after = lines[lines.index(users[0]) :]
    assert not [line for line in after if line.startswith(("RUN ", "COPY ", "ADD "))]


def test_the_image_holds_no_tool_that_built_it() -> None:
    text = "\n".join(final_stage(SERVICE))
    assert "/opt/build" not in text
    assert "pip" not in text
    assert "uv" not in text
    assert copies(SERVICE) == ["COPY --from=build /opt/commontime /opt/commontime"]
    assert "RUN " not in "\n".join(final_stage(GATEWAY))
    assert copies(GATEWAY)[1:] == ["COPY --from=build /page /usr/share/nginx/page"]


def copies(text: str) -> list[str]:
    return [line for line in final_stage(text) if line.startswith("COPY ")]


def test_the_gateway_finds_page_and_configuration_where_the_image_has_them() -> None:
    configuration = (FOLDER / "gateway" / "nginx.conf").read_text()
    assert "root /usr/share/nginx/page;" in configuration
    assert "include /usr/share/nginx/page/.vite/preload.conf;" in configuration
    files = "deploy/docker/gateway/nginx.conf deploy/docker/gateway/upstreams.conf"
    assert copies(GATEWAY)[0] == f"COPY {files} /etc/nginx/"
    lines = final_stage(GATEWAY)
    assert 'ENTRYPOINT ["nginx"]' in lines
    assert 'CMD ["-g", "daemon off;"]' in lines


def test_the_page_of_the_image_is_built_as_everywhere() -> None:
    (built,) = (line for line in instructions(GATEWAY) if "publish.mjs" in line)
    steps = re.split(r" && ", built.removeprefix("RUN "))
    makefile = (ROOT / "Makefile").read_text()
    assert steps == ["npm run gen-api", "npm run build", "node scripts/publish.mjs dist /page"]
    for step in ("run --silent gen-api", "run --silent build", "node scripts/publish.mjs dist"):
        assert step in makefile


def test_its_health_is_asked_for_where_the_service_listens() -> None:
    lines = final_stage(SERVICE)
    assert "('127.0.0.1', 8080)" in health_check()[-1]
    assert any("SERVICE_PORT=8080" in line for line in lines if line.startswith("ENV "))
    assert 'CMD ["serve", "--host", "0.0.0.0"]' in lines
    # In this form the service gets the signals itself.
    assert 'ENTRYPOINT ["service"]' in lines


def health_check() -> list[str]:
    (line,) = (line for line in final_stage(SERVICE) if line.startswith("HEALTHCHECK "))
    return json.loads(line.partition(" CMD ")[2])


class Readiness(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_a_container_is_healthy_while_its_service_is_ready(status: int, healthy: bool) -> None:
    handler = type("Answering", (Readiness,), {"status": status})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        program, *words = health_check()
        assert program == "python"
        words[-1] = words[-1].replace("8080", str(server.server_port))
        asked = subprocess.run([sys.executable, *words], capture_output=True, check=False)
        server.shutdown()
        thread.join()
    assert (asked.returncode == 0) == healthy


def test_what_is_installed_is_compiled() -> None:
    text = "\n".join(instructions(SERVICE))
    assert text.count("--compile-bytecode") == 2
    # Nothing could be written beside the code later.
    assert "PYTHONDONTWRITEBYTECODE=1" in text


def test_nothing_of_a_checkout_but_code_gets_into_an_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    # Everything, and then what is wanted by name: no secret, no data, no history.
    assert next(line for line in ignored if not line.startswith("#")) == "*"
    wanted = {line for line in ignored if line.startswith("!")}
    assert not [line for line in wanted if re.search("compose|secret|env|git|commontime", line)]


@either
def test_everything_it_copies_is_in_the_context(text: str) -> None:
    allowed = {
        line.removeprefix("!").rstrip("/")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = [
        source
        for line in instructions(text)
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    ]
    for source in copied:
        path = source.replace("${SERVICE}", "poll-api")
        assert (ROOT / path).exists(), path
        inside = any(path == one or path.startswith(f"{one}/") for one in allowed)
        above = any(one.startswith(f"{path}/") for one in allowed)
        assert inside or above, f"{path} is not in the build's context"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_layer_of_others_is_whole_and_each_package_has_its_hashes(service: Service) -> None:
    printed = third_party("required", f"services/{service.name}")
    entries = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==.*(?:\n    .*)*", printed, re.M)
    assert len(entries) == len(re.findall(r"==", printed))
    assert all("--hash=sha256:" in entry for entry in entries)
    named = {re.split(r"[\[=]", entry)[0] for entry in entries}
    assert {"fastapi", "psycopg"} <= named
    members = third_party("members", f"services/{service.name}").split()
    required = {
        re.split(r"[\[><=~!; ]", requirement)[0]
        for member in members
        for requirement in dependencies(member)
    }
    assert required == named | {Path(member).name for member in members[1:]}


def test_what_the_lock_does_not_name_stops_the_build() -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        third_party("packages", "no-such-package")
    assert "requirements.lock does not name no-such-package" in refused.value.stderr


def test_nothing_from_outside_is_installed_without_its_hash() -> None:
    commands = [
        command
        for line in instructions(SERVICE)
        if line.startswith("RUN ")
        for command in line.split(" && ")
        if " install " in command and "apt-get" not in command
    ]
    assert len(commands) == 3
    assert all(re.search("--require-(build-)?hashes", command) for command in commands)


def third_party(*words: str) -> str:
    return subprocess.run(
        [sys.executable, FOLDER / "third_party.py", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def dependencies(member: str) -> list[str]:
    text = (ROOT / member / "pyproject.toml").read_text()
    return tomllib.loads(text)["project"]["dependencies"]


def hadolint(text: str) -> str:
    """What it complains about; nothing where it is content."""
    return subprocess.run(
        [HADOLINT, "--failure-threshold", "style", "--no-color", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@either
def test_hadolint_is_content(text: str) -> None:
    assert hadolint(text) == ""


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("USER 10001:10001", "USER root", "DL3002"),
        ("# hadolint ignore=DL3008\n", "", "DL3008"),
        ("--no-install-recommends ", "", "DL3015"),
        ("WORKDIR /src", "WORKDIR src", "DL3000"),
        ('ENTRYPOINT ["service"]', "ENTRYPOINT service", "DL3025"),
        ("COPY libs libs", "ADD libs libs", "DL3020"),
    ],
)
def test_hadolint_would_find_a_planted_mistake(before: str, after: str, rule: str) -> None:
    assert before in SERVICE
    assert rule in hadolint(SERVICE.replace(before, after))
