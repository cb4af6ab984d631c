"""One line says which version runs, also in an overlay of an operator's own."""

import shutil
import tomllib
from pathlib import Path

import yaml

from manifests import FOLDER, OVERLAYS, Manifests, kustomize, main_container, rendered

OWN = """
resources: [kubernetes/overlays/prod]
images:
  - { name: commontime/poll-api, newName: "registry.example.org:5000/commontime/poll-api" }
configMapGenerator:
  - name: commontime
    namespace: commontime
    behavior: merge
    literals: [COMMONTIME_LOG_LEVEL=DEBUG]
"""


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text())["project"]
    for overlay in OVERLAYS:
        images = [main_container(w)["image"] for w in rendered(overlay).ours()]
        assert {image.rpartition(":")[2] for image in images} == {project["version"]}
        assert len(images) == 9


def test_the_next_version_has_jobs_of_its_own_and_the_images_of_ones_own_registry(
    tmp_path: Path,
) -> None:
    copied = tmp_path / "kubernetes"
    shutil.copytree(FOLDER, copied, ignore=shutil.ignore_patterns("files"))
    version = copied / "components" / "version" / "version.yaml"
    named = yaml.safe_load(version.read_text())
    named["data"]["version"] = "99.0.0"
    version.write_text(yaml.safe_dump(named))
    (tmp_path / "kustomization.yaml").write_text(OWN)
    later, now = Manifests(kustomize(tmp_path)), rendered("prod")

    assert main_container(later.one("Deployment", "poll-api"))["image"] == (
        "registry.example.org:5000/commontime/poll-api:99.0.0"
    )
    assert {main_container(each)["image"].rpartition(":")[2] for each in later.ours()} == {"99.0.0"}
    jobs = {job["metadata"]["name"] for job in later.of("Job")}
    assert jobs.isdisjoint(job["metadata"]["name"] for job in now.of("Job"))
    assert all(name.endswith(".99.0.0") for name in jobs)
    (settings,) = (
        found["data"] for found in later.of("ConfigMap") if "COMMONTIME_LOG_LEVEL" in found["data"]
    )
    assert settings["COMMONTIME_PUBLIC_URL"] == "https://commontime.example.org"
