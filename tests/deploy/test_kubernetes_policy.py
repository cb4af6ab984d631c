"""Every manifest keeps to the rules of the house, and each rule can find something."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from manifest_policies import findings
from manifests import FOLDER, OVERLAYS, Manifests, kustomize, main_container, rendered

Plant = Callable[[Manifests], None]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_overlay_keeps_to_the_rules(overlay: str) -> None:
    # A developer's machine has no second one to fall back on.
    assert findings(rendered(overlay), replicated=overlay != "dev") == []


def test_the_component_for_mail_and_openid_fits_in(tmp_path: Path) -> None:
    added = FOLDER / "components" / "mail-and-openid"
    (policies,) = added.glob("network*.yaml")
    (tmp_path / policies.name).write_text(policies.read_text())
    (tmp_path / "kustomization.yaml").write_text(
        f"namespace: commontime\nresources: [{policies.name}]\n"
    )
    both = Manifests([*rendered("prod"), *kustomize(tmp_path)])
    assert findings(both) == []


def _pod(m: Manifests, kind: str = "Deployment", name: str = "poll-api") -> dict[str, Any]:
    return m.one(kind, name)["spec"]["template"]["spec"]


def _main(m: Manifests) -> dict[str, Any]:
    return main_container(m.one("Deployment", "poll-api"))


def _scaled(m: Manifests) -> dict[str, Any]:
    return m.one("ScaledObject", "recommender")["spec"]


def _policy(m: Manifests, name: str) -> dict[str, Any]:
    return m.one("NetworkPolicy", name)


PLANTED: list[tuple[str, Plant]] = [
    (
        "pod security does not",
        lambda m: m.one("Namespace", "commontime")["metadata"]["labels"].clear(),
    ),
    ("denies by default", lambda m: _policy(m, "default-deny")["spec"]["policyTypes"].pop()),
    ("another namespace", lambda m: _policy(m, "dns")["metadata"].update(namespace="default")),
    ("from outside", lambda m: m.one("Service", "poll-api")["spec"].update(type="NodePort")),
    ("secret is no manifest", lambda m: m.of("ConfigMap")[0].update(kind="Secret")),
    ("may run as root", lambda m: _pod(m)["securityContext"].update(runAsUser=0)),
    ("may run as root", lambda m: _pod(m, "Job", "migrate-poll-api")["securityContext"].clear()),
    ("does not run as 10001", lambda m: _pod(m)["securityContext"].update(runAsUser=1000)),
    ("no seccomp", lambda m: _pod(m)["securityContext"].pop("seccompProfile")),
    ("token of the API", lambda m: _pod(m).pop("automountServiceAccountToken")),
    ("the host's", lambda m: _pod(m).update(hostNetwork=True)),
    ("folder of the host", lambda m: _pod(m)["volumes"].append({"name": "x", "hostPath": {}})),
    ("gain privileges", lambda m: _main(m)["securityContext"].pop("allowPrivilegeEscalation")),
    ("write to its root", lambda m: _main(m)["securityContext"].pop("readOnlyRootFilesystem")),
    ("keeps capabilities", lambda m: _main(m)["securityContext"].pop("capabilities")),
    ("request CPU", lambda m: _main(m)["resources"]["requests"].pop("cpu")),
    ("memory alone", lambda m: _main(m)["resources"]["limits"].update(cpu="1")),
    ("names no version", lambda m: _main(m).update(image="commontime/poll-api:latest")),
    ("names no version", lambda m: _main(m).update(image="commontime/poll-api")),
    (
        "secret in its environment",
        lambda m: _main(m)["env"].append({"name": "X", "valueFrom": {"secretKeyRef": {}}}),
    ),
    ("takes a pod away", lambda m: m.one("Deployment", "poll-api")["spec"].pop("strategy")),
    ("not spread over", lambda m: _pod(m)["topologySpreadConstraints"].pop()),
    (
        "labels of others",
        lambda m: _pod(m)["topologySpreadConstraints"][0].update(
            labelSelector={"matchLabels": {"app.kubernetes.io/part-of": "another"}}
        ),
    ),
    ("before proxies", lambda m: _main(m).pop("lifecycle")),
    ("45 seconds", lambda m: _pod(m).update(terminationGracePeriodSeconds=30)),
    ("three different", lambda m: _main(m).pop("startupProbe")),
    ("three different", lambda m: _main(m).update(livenessProbe=_main(m)["readinessProbe"])),
    ("depends on", lambda m: _main(m)["livenessProbe"]["httpGet"].update(path="/readyz")),
    (
        "whether it is ready",
        lambda m: _main(m)["readinessProbe"]["httpGet"].update(path="/healthz"),
    ),
    (
        "cannot be changed",
        lambda m: m.one("Job", "migrate-poll-api")["metadata"].update(name="migrate-poll-api"),
    ),
    (
        "stays for ever",
        lambda m: m.one("Job", "migrate-poll-api")["spec"].pop("ttlSecondsAfterFinished"),
    ),
    (
        "does not migrate",
        lambda m: main_container(m.one("Job", "migrate-poll-api")).update(args=["serve"]),
    ),
    ("one disruption", lambda m: m.documents.remove(m.one("PodDisruptionBudget", "gateway"))),
    (
        "holds up a drain",
        lambda m: m.one("PodDisruptionBudget", "gateway")["spec"].pop("unhealthyPodEvictionPolicy"),
    ),
    (
        "more than one pod",
        lambda m: m.one("PodDisruptionBudget", "gateway")["spec"].update(maxUnavailable=2),
    ),
    ("fewer than two", lambda m: m.one("Deployment", "gateway")["spec"].update(replicas=1)),
    ("fewer than two", lambda m: _scaled(m).update(minReplicaCount=0)),
    ("two scale it", lambda m: _scaled(m)["scaleTargetRef"].update(name="poll-api")),
    ("sets back", lambda m: m.one("Deployment", "recommender")["spec"].update(replicas=2)),
    ("more replicas than", lambda m: _scaled(m).update(maxReplicaCount=7)),
    ("a parked key", lambda m: _scaled(m)["triggers"][0]["metadata"].pop("excludePersistentLag")),
    ("no lag is named", lambda m: _scaled(m)["triggers"][0]["metadata"].pop("lagThreshold")),
    ("who asks", lambda m: _scaled(m)["triggers"][0].pop("authenticationRef")),
]


@pytest.mark.parametrize(("says", "plant"), PLANTED)
def test_what_breaks_a_rule_is_found(says: str, plant: Plant) -> None:
    manifests = rendered("prod")
    plant(manifests)
    assert any(says in finding for finding in findings(manifests)), findings(manifests)
