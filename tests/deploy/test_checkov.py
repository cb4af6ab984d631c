"""What checkov finds in images, Compose and the rendered manifests, beside planted mistakes."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from manifests import OVERLAYS, Manifest, rendered

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / ".venv-checks" / "bin" / "checkov"
DEPLOY = ROOT / "deploy"
ACCEPTED: dict[str, dict[str, str]] = yaml.safe_load((DEPLOY / "checks/accepted.yaml").read_text())


@dataclass(frozen=True)
class Finding:
    """A check that failed: of what, and in which file below the scanned folder."""

    check: str
    resource: str
    file: str

    @property
    def is_planted(self) -> bool:
        return self.file.startswith("/planted/")

    @property
    def is_accepted(self) -> bool:
        one = ACCEPTED.get(self.check)
        return one is not None and re.fullmatch(one["where"], self.resource) is not None


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> set[Finding]:
    """Of one run over everything, as each takes seconds."""
    folder = tmp_path_factory.mktemp("scanned")
    _lay_out(folder / "committed")
    for name, plant in MISTAKES.items():
        plant(folder / "planted" / name)
    words = "--skip-download --quiet --output json --framework dockerfile kubernetes secrets"
    ran = subprocess.run(
        [PROGRAM, *words.split(), "--directory", folder],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.stdout, ran.stderr
    results: list[dict[str, Any]] = json.loads(ran.stdout)
    # What it cannot read it would not find anything in.
    assert [result["summary"]["parsing_errors"] for result in results] == [0, 0, 0]
    return {
        Finding(failed["check_id"], failed["resource"].lstrip("/"), failed["file_path"])
        for result in results
        for failed in result["results"]["failed_checks"]
    }


def test_nothing_is_found_but_what_was_accepted_for_a_reason(findings: set[Finding]) -> None:
    assert [f for f in findings if not f.is_planted and not f.is_accepted] == []


def test_nothing_is_accepted_that_is_not_there(findings: set[Finding]) -> None:
    needed = {finding.check for finding in findings if not finding.is_planted}
    assert set(ACCEPTED) == needed
    assert all(one["why"] for one in ACCEPTED.values())


def _lay_out(folder: Path) -> None:
    """The files as committed, and the overlays as a cluster would get them."""
    shutil.copytree(DEPLOY / "docker", folder / "docker")
    (folder / "compose").mkdir()
    for file in (DEPLOY / "compose").glob("*.yaml"):
        shutil.copy(file, folder / "compose")
    (folder / "kubernetes").mkdir()
    for overlay in OVERLAYS:
        text = yaml.safe_dump_all(rendered(overlay))
        (folder / "kubernetes" / f"{overlay}.yaml").write_text(text)


def _root_image(folder: Path) -> None:
    text = (DEPLOY / "docker" / "python.Dockerfile").read_text()
    _write(folder / "python.Dockerfile", text.replace("USER 10001:10001\n", "USER root\n"))


def _unwatched_image(folder: Path) -> None:
    text = (DEPLOY / "docker" / "python.Dockerfile").read_text()
    _write(folder / "python.Dockerfile", re.sub(r"HEALTHCHECK .*\n.*\n", "", text))


def _secret_in_compose(folder: Path) -> None:
    text = (DEPLOY / "compose" / "compose.yaml").read_text()
    # Put together here, or else this file would hold what looks like a key.
    key = "AWS_SECRET_ACCESS_KEY: wJalrXUtnFEMI/" + "K7MDENG/bPxRfiCYzzzzzzzKEY"
    line = "  COMMONTIME_LOG_FORMAT: json\n"
    assert line in text
    _write(folder / "compose.yaml", text.replace(line, f"{line}  {key}\n"))


def _deployment(change: Callable[[Manifest], None]) -> Callable[[Path], None]:
    def plant(folder: Path) -> None:
        deployment = rendered("dev").of("Deployment")[0]
        change(deployment["spec"]["template"]["spec"])
        _write(folder / "deployment.yaml", yaml.safe_dump(deployment))

    return plant


def _security(pod: Manifest) -> Manifest:
    return pod["containers"][0]["securityContext"]


def _privileged(pod: Manifest) -> None:
    _security(pod)["privileged"] = True


def _writable(pod: Manifest) -> None:
    _security(pod)["readOnlyRootFilesystem"] = False


def _unprobed(pod: Manifest) -> None:
    del pod["containers"][0]["livenessProbe"]


def _with_token(pod: Manifest) -> None:
    pod["automountServiceAccountToken"] = True


def _unbounded(pod: Manifest) -> None:
    del pod["containers"][0]["resources"]["limits"]


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text)


MISTAKES: dict[str, Callable[[Path], None]] = {
    "root-image": _root_image,
    "unwatched-image": _unwatched_image,
    "secret-in-compose": _secret_in_compose,
    "privileged": _deployment(_privileged),
    "writable": _deployment(_writable),
    "unprobed": _deployment(_unprobed),
    "with-token": _deployment(_with_token),
    "unbounded": _deployment(_unbounded),
}
EXPECTED = {
    "root-image": "CKV_DOCKER_8",
    "unwatched-image": "CKV_DOCKER_2",
    "secret-in-compose": "CKV_SECRET_2",
    "privileged": "CKV_K8S_16",
    "writable": "CKV_K8S_22",
    "unprobed": "CKV_K8S_8",
    "with-token": "CKV_K8S_38",
    "unbounded": "CKV_K8S_13",
}


def _of(name: str, findings: set[Finding]) -> Iterator[str]:
    for finding in findings:
        if finding.file.startswith(f"/planted/{name}/") and not finding.is_accepted:
            yield finding.check


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_found(findings: set[Finding], name: str) -> None:
    assert EXPECTED[name] in set(_of(name, findings))
