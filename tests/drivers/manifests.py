"""The manifests as `kubectl kustomize` writes them, to be looked at and, in memory, broken."""

import copy
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
OVERLAYS = ("dev", "single-node", "prod")
Manifest = dict[str, Any]


class Manifests:
    """What one overlay brings into a cluster."""

    def __init__(self, documents: Sequence[Manifest]) -> None:
        self.documents = list(documents)

    def __iter__(self) -> Iterator[Manifest]:
        return iter(self.documents)

    def of(self, *kinds: str) -> list[Manifest]:
        return [document for document in self if document["kind"] in kinds]

    def one(self, kind: str, name: str) -> Manifest:
        """The only one of this kind and name; a Job is named without its version."""
        (found,) = (d for d in self.of(kind) if d["metadata"]["name"].partition(".")[0] == name)
        return found

    def workloads(self) -> list[Manifest]:
        return self.of("Deployment", "StatefulSet", "Job")

    def ours(self) -> list[Manifest]:
        """The workloads that run our own images."""
        return [w for w in self.workloads() if containers(w)[-1]["image"].startswith("commontime/")]


def containers(workload: Manifest) -> list[Manifest]:
    """All containers of its pods, those that run first at first."""
    pod = workload["spec"]["template"]["spec"]
    return [*pod.get("initContainers", ()), *pod["containers"]]


def main_container(workload: Manifest) -> Manifest:
    (found,) = (c for c in containers(workload) if c["name"] == "main")
    return found


def labels_of(workload: Manifest) -> Mapping[str, str]:
    """What its pods carry."""
    return workload["spec"]["template"]["metadata"]["labels"]


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Say whether a label selector takes a pod, or a namespace, with these labels."""
    for name, value in selector.get("matchLabels", {}).items():
        if labels.get(name) != value:
            return False
    for expression in selector.get("matchExpressions", ()):
        assert expression["operator"] == "In"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return True


def called(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def kustomize(folder: Path) -> list[Manifest]:
    """Build it by kustomize itself, or by kubectl where only that is installed."""
    program = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    built = subprocess.run([*program, folder], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return list(yaml.safe_load_all(built.stdout))


@cache
def _built(overlay: str) -> list[Manifest]:
    return kustomize(FOLDER / "overlays" / overlay)


def rendered(overlay: str) -> Manifests:
    """An overlay, each time in a copy of the caller's own."""
    return Manifests(copy.deepcopy(_built(overlay)))
