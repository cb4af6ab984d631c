"""Each service is told what it must know, its secrets as files, and nothing of others'."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from chassis.settings import variables
from manifest_names import Secrets
from manifests import FOLDER, OVERLAYS, Manifest, Manifests, main_container, rendered
from standalone.services import SERVICES, Service


def settings(manifests: Manifests, workload: Manifest) -> set[str]:
    """The variables that its container has, without `_FILE`."""
    container = main_container(workload)
    names = {variable["name"] for variable in container.get("env", ())}
    for source in container["envFrom"]:
        names |= set(manifests.one("ConfigMap", source["configMapRef"]["name"])["data"])
    return {name.removesuffix("_FILE") for name in names}


def wrong_settings(manifests: Manifests, service: Service) -> list[str]:
    """What a service lacks, and what is given to it that nobody reads."""
    read = {v.name: v.default for v in variables(service.settings_class())}
    required = {name for name, default in read.items() if default is None}
    by_any = {v.name for each in SERVICES for v in variables(each.settings_class())}
    found: list[str] = []
    for kind, name in (("Deployment", service.name), ("Job", f"migrate-{service.name}")):
        given = settings(manifests, manifests.one(kind, name))
        found += [f"{kind} {name}: {setting} is missing" for setting in sorted(required - given)]
        found += [f"{kind} {name}: nobody reads {setting}" for setting in sorted(given - by_any)]
        own = {setting for setting in given if _is_secret(setting)}
        found += [
            f"{kind} {name}: {setting} is not its own" for setting in sorted(own - read.keys())
        ]
    return found


def _is_secret(setting: str) -> bool:
    return setting.endswith(("_TOKEN", "_KEY", "_PASSWORD", "_DATABASE_URL"))


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_each_service_is_told_what_it_must_know_and_nothing_nobody_reads(
    overlay: str, service: Service
) -> None:
    assert wrong_settings(rendered(overlay), service) == []


Plant = Callable[[Manifests], None]


def _without_signing_key(m: Manifests) -> None:
    del _variables(m, "commontime-poll-api")["COMMONTIME_SIGNING_KEY_FILE"]


def _variables(m: Manifests, name: str) -> dict[str, str]:
    (found,) = (c for c in m.of("ConfigMap") if c["metadata"]["name"].rpartition("-")[0] == name)
    return found["data"]


PLANTED: list[tuple[str, Plant]] = [
    ("SIGNING_KEY is missing", _without_signing_key),
    ("nobody reads COLOUR", lambda m: _variables(m, "commontime").update(COLOUR="red")),
    (
        "COMMONTIME_ENCRYPTION_KEY is not its own",
        lambda m: _variables(m, "commontime").update(COMMONTIME_ENCRYPTION_KEY_FILE="/x"),
    ),
]


@pytest.mark.parametrize(("says", "plant"), PLANTED)
def test_a_setting_that_is_wrong_is_found(says: str, plant: Plant) -> None:
    manifests = rendered("prod")
    plant(manifests)
    found = wrong_settings(manifests, SERVICES[0])
    assert any(says in each for each in found), found


def files(manifests: Manifests, workload: Manifest) -> set[tuple[str, str]]:
    """The files that its variables name: in which folder, and called what."""
    container = main_container(workload)
    values = [variable.get("value", "") for variable in container.get("env", ())]
    for source in container["envFrom"]:
        values += manifests.one("ConfigMap", source["configMapRef"]["name"])["data"].values()
    paths = [PurePosixPath(value) for value in values if value.startswith("/run/")]
    return {(str(path.parent), path.name) for path in paths}


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_file_that_a_variable_names_is_mounted(
    overlay: str, service: Service, written: dict[str, Secrets]
) -> None:
    manifests = rendered(overlay)
    mounted = {
        "/run/secrets": written[overlay][f"commontime-{service.name}"],
        "/run/migration": written[overlay][f"commontime-{service.name}-migration"],
        "/run/kafka": {"password", "ca.crt"} if overlay == "prod" else set[str](),
    }
    for kind, name in (("Deployment", service.name), ("Job", f"migrate-{service.name}")):
        for folder, file in files(manifests, manifests.one(kind, name)):
            assert file in mounted[folder], f"{name}: {folder}/{file}"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_secret_is_written_into_a_manifest(overlay: str) -> None:
    for config in rendered(overlay).of("ConfigMap"):
        assert [name for name in config["data"] if _is_secret(name)] == []


def test_the_script_replaces_no_secret(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "make-secrets.sh", tmp_path)
    (tmp_path / "secrets" / "prod").mkdir(parents=True)

    def contents() -> dict[str, str]:
        subprocess.run([tmp_path / "make-secrets.sh", "prod"], check=True)
        return {path.name: path.read_text() for path in tmp_path.glob("secrets/prod/files/*")}

    first = contents()
    random = [value for name, value in first.items() if not name.endswith("-user")]
    assert all(len(value) >= 32 for value in random)
    assert len(set(random)) == len(random)
    assert contents() == first
    assert (tmp_path / "secrets" / "prod" / "files").stat().st_mode & 0o077 == 0
