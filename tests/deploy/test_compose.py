"""The Compose file, as far as it can be judged without an engine."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.settings import variables
from standalone.services import SERVICES, Service

FOLDER = Path(__file__).parents[2] / "deploy" / "compose"
FILE = FOLDER / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
WATCHING = FOLDER / "compose.observability.yaml"
SECRETS: dict[str, Any] = {**COMPOSE["secrets"], **yaml.safe_load(WATCHING.read_text())["secrets"]}
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [service.name for service in SERVICES]
MIGRATIONS = [f"migrate-{name}" for name in OURS]


def fits_the_specification(file: Path) -> bool:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", file],
        capture_output=True,
        check=False,
    )
    return checked.returncode == 0


def test_the_file_fits_the_specification_of_compose() -> None:
    assert fits_the_specification(FILE)


def compose_lint(file: Path) -> str | None:
    """What it complains about; None where it is content."""
    words = "check --fail-on low --no-env --quiet --strict-config --config"
    settings = FOLDER.parent / "checks" / "compose-lint.yaml"
    ran = subprocess.run(
        [sys.executable, "-m", "compose_lint", *words.split(), settings, file],
        capture_output=True,
        text=True,
        check=False,
    )
    return None if ran.returncode == 0 else ran.stdout + ran.stderr


def test_compose_lint_is_content() -> None:
    assert compose_lint(FILE) is None


def _mounts_the_engine(containers: dict[str, Any]) -> None:
    containers["gateway"]["volumes"] = ["/var/run/docker.sock:/var/run/docker.sock"]


def _is_privileged(containers: dict[str, Any]) -> None:
    containers["poll-api"]["privileged"] = True


def _keeps_capabilities(containers: dict[str, Any]) -> None:
    del containers["recommender"]["cap_drop"]


def _may_write(containers: dict[str, Any]) -> None:
    del containers["availability"]["read_only"]


def _names_no_version(containers: dict[str, Any]) -> None:
    containers["kafka"]["image"] = "apache/kafka"


def _listens_everywhere(containers: dict[str, Any]) -> None:
    containers["postgres"]["ports"] = ["5432:5432"]


def _shares_the_network(containers: dict[str, Any]) -> None:
    containers["event-lifecycle"]["network_mode"] = "host"


MISTAKES = [
    (_mounts_the_engine, "CL-0001"),
    (_is_privileged, "CL-0002"),
    (_keeps_capabilities, "CL-0006"),
    (_may_write, "CL-0007"),
    (_names_no_version, "CL-0004"),
    (_listens_everywhere, "CL-0005"),
    (_shares_the_network, "CL-0008"),
]


@pytest.mark.parametrize(("plant", "rule"), MISTAKES)
def test_compose_lint_would_find_a_planted_mistake(
    plant: Callable[[dict[str, Any]], None], rule: str, tmp_path: Path
) -> None:
    planted = yaml.safe_load(FILE.read_text())
    plant(planted["services"])
    (tmp_path / "compose.yaml").write_text(yaml.safe_dump(planted))
    assert rule in (compose_lint(tmp_path / "compose.yaml") or "")


@pytest.mark.parametrize(
    ("before", "after"),
    [("mem_limit: 512m", "memlimit: 512m"), ("condition: service_healthy", "condition: healthy")],
)
def test_what_the_specification_does_not_know_would_be_noticed(
    before: str, after: str, tmp_path: Path
) -> None:
    assert before in FILE.read_text()
    (tmp_path / "compose.yaml").write_text(FILE.read_text().replace(before, after))
    assert not fits_the_specification(tmp_path / "compose.yaml")


def test_there_is_a_container_for_each_service_and_for_each_migration() -> None:
    assert set(CONTAINERS) == {"postgres", "kafka", "gateway", *OURS, *MIGRATIONS}
    for service, migration in zip(OURS, MIGRATIONS, strict=True):
        assert CONTAINERS[service]["image"] == CONTAINERS[migration]["image"]
        assert CONTAINERS[migration]["command"] == ["migrate"]
        assert CONTAINERS[migration]["build"]["args"]["SERVICE"] == service


def test_the_gateway_is_built_with_the_page() -> None:
    build = CONTAINERS["gateway"]["build"]
    assert build["dockerfile"] == "deploy/docker/gateway.Dockerfile"
    text = (FOLDER.parents[1] / build["dockerfile"]).read_text()
    for name, value in build["args"].items():
        default = re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", value)
        assert f"ARG {name}={default}\n" in text


@pytest.mark.parametrize("name", [*OURS, *MIGRATIONS, "gateway"])
def test_what_runs_code_may_write_nothing_and_become_nobody_else(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert "privileged" not in container
    assert container["tmpfs"] == ["/tmp"]


@pytest.mark.parametrize("name", list(CONTAINERS))
def test_no_container_can_take_the_machine_down(name: str) -> None:
    container = CONTAINERS[name]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert re.fullmatch(r"\d+[mg]", container["mem_limit"])
    assert container["cap_drop"] == ["ALL"]
    image = re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", container["image"])
    assert re.search(r":[\d.]+[\w.-]*$", image), f"{image} names no version"


def test_a_service_may_have_replicas_that_need_nothing_of_their_own() -> None:
    for name in OURS:
        container = CONTAINERS[name]
        assert container["scale"] == "${COMMONTIME_REPLICAS:-1}"
        # The name of a container is that of its host, which is the replica's in Kafka's groups.
        assert {"container_name", "hostname", "ports"} & set(container) == set()
        assert "COMMONTIME_INSTANCE_ID" not in container["environment"]


def test_what_is_told_to_stop_has_the_time_for_it() -> None:
    for name in OURS:
        # A service stops within ten seconds, whatever hangs.
        assert int(CONTAINERS[name]["stop_grace_period"].removesuffix("s")) > 10
    configuration = (FOLDER.parent / "docker" / "gateway" / "nginx.conf").read_text()
    (streams_end,) = re.findall(r"^worker_shutdown_timeout (\d+)s;", configuration, re.M)
    assert int(CONTAINERS["gateway"]["stop_grace_period"].removesuffix("s")) > int(streams_end)


def test_only_the_gateway_is_reachable_and_only_from_this_machine() -> None:
    published = {name: c["ports"] for name, c in CONTAINERS.items() if "ports" in c}
    assert published == {"gateway": ["${COMMONTIME_BIND:-127.0.0.1}:${COMMONTIME_PORT:-8080}:8080"]}


def test_nothing_starts_before_what_it_needs_is_there() -> None:
    healthy, done = (
        {"condition": "service_healthy"},
        {"condition": "service_completed_successfully"},
    )
    for name in OURS:
        assert CONTAINERS[name]["depends_on"] == {
            "postgres": healthy,
            "kafka": healthy,
            f"migrate-{name}": done,
        }
        assert CONTAINERS[f"migrate-{name}"]["depends_on"] == {"postgres": healthy}
    assert CONTAINERS["gateway"]["depends_on"] == dict.fromkeys(OURS, healthy)
    for name in ("postgres", "kafka", "gateway"):
        assert CONTAINERS[name]["healthcheck"]["test"]


@pytest.mark.parametrize("service", SERVICES, ids=OURS)
def test_each_service_is_told_what_it_must_know_and_nothing_nobody_reads(service: Service) -> None:
    given = {_setting(name) for name in CONTAINERS[service.name]["environment"]}
    required = {v.name for v in variables(service.settings_class()) if v.default is None}
    assert required - given == set()
    read_by_any = {v.name for s in SERVICES for v in variables(s.settings_class())}
    assert given - read_by_any == set()


@pytest.mark.parametrize("name", [*OURS, *MIGRATIONS])
def test_every_secret_is_a_file_that_is_mounted(name: str) -> None:
    container = CONTAINERS[name]
    files = {
        variable: value.removeprefix("/run/secrets/")
        for variable, value in container["environment"].items()
        if variable.endswith("_FILE")
    }
    assert set(files.values()) == set(container["secrets"])
    # Never in the environment itself, which anyone may read who may inspect a container.
    assert not [v for v in container["environment"] if re.search("(TOKEN|KEY|DATABASE_URL)$", v)]


def test_the_script_writes_every_secret_once(tmp_path: Path) -> None:
    script = shutil.copy(FOLDER / "make-secrets.sh", tmp_path)
    secrets = tmp_path / "secrets"

    def written() -> dict[str, str]:
        subprocess.run([script], check=True)
        return {path.name: path.read_text() for path in secrets.iterdir()}

    first = written()
    assert set(first) == set(SECRETS)
    assert {s["file"] for s in SECRETS.values()} == {f"./secrets/{n}" for n in first}
    assert all(len(value) >= 32 for value in first.values())
    assert len(set(first.values())) == len(first)
    assert written() == first
    assert secrets.stat().st_mode & 0o077 == 0


def test_what_can_be_set_is_listed_with_its_default() -> None:
    listed = re.findall(r"^#([A-Z_]+)=(.*)$", (FOLDER / ".env.example").read_text(), re.M)
    written = FILE.read_text() + WATCHING.read_text()
    read = re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", written)
    assert set(listed) == set(read)


def test_the_gateway_expects_each_service_where_it_listens() -> None:
    upstreams = (FOLDER.parent / "docker" / "gateway" / "upstreams.conf").read_text()
    found = re.findall(r"upstream ([a-z-]+) \{\s+zone \S+ 64k;\s+server ([a-z-]+):(\d+)", upstreams)
    assert found == [(name, name, "8080") for name in OURS]


def _setting(variable: str) -> str:
    return variable.removesuffix("_FILE")
