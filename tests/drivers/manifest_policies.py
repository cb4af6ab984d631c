"""What must hold for manifests whatever they are for; each finding is one sentence."""

import re
from collections.abc import Iterator
from typing import Any

from contracts.topics import PARTITIONS
from manifests import Manifest, Manifests, called, containers, labels_of, main_container, selects

_RESTRICTED = {"enforce", "audit", "warn"}
_SPREAD = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]


def findings(manifests: Manifests, *, replicated: bool = True) -> list[str]:
    """Everything that is wrong; `replicated` where one replica is not enough."""
    found = [*_namespace(manifests), *_exposure(manifests), *_scaling(manifests)]
    for workload in manifests.workloads():
        found += [f"{called(workload)}: {what}" for what in _pod(workload)]
        for container in containers(workload):
            found += [f"{called(workload)}: {what}" for what in _container(container)]
    for workload in manifests.ours():
        each = _job if workload["kind"] == "Job" else _deployment
        found += [f"{called(workload)}: {what}" for what in each(workload)]
    for deployment in manifests.of("Deployment"):
        found += [f"{called(deployment)}: {what}" for what in _disruption(manifests, deployment)]
        if replicated and _least_replicas(manifests, deployment) < 2:
            found.append(f"{called(deployment)}: has fewer than two replicas")
    return found


def _namespace(manifests: Manifests) -> Iterator[str]:
    labels: dict[str, str] = manifests.one("Namespace", "commontime")["metadata"]["labels"]
    for mode in _RESTRICTED:
        if labels.get(f"pod-security.kubernetes.io/{mode}") != "restricted":
            yield f"Namespace commontime: pod security does not {mode} restricted"
    deny = [p for p in manifests.of("NetworkPolicy") if p["spec"]["podSelector"] == {}]
    if not any(
        p["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} for p in deny
    ):
        yield "NetworkPolicy: nothing denies by default, both ways"
    for manifest in manifests:
        if (
            manifest["kind"] != "Namespace"
            and manifest["metadata"].get("namespace") != "commontime"
        ):
            yield f"{called(manifest)}: is in another namespace"


def _exposure(manifests: Manifests) -> Iterator[str]:
    for service in manifests.of("Service"):
        outside = service["spec"].get("type", "ClusterIP") != "ClusterIP"
        if outside and service["metadata"]["name"] != "gateway":
            yield f"{called(service)}: can be reached from outside"
    for secret in manifests.of("Secret"):
        yield f"{called(secret)}: a secret is no manifest"


def _pod(workload: Manifest) -> Iterator[str]:
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    context = pod.get("securityContext", {})
    if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
        yield "may run as root"
    if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "has no seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "is given a token of the API server's"
    if {"hostNetwork", "hostPID", "hostIPC"} & pod.keys():
        yield "shares what is the host's"
    if any("hostPath" in volume for volume in pod.get("volumes", ())):
        yield "mounts a folder of the host"


def _container(container: Manifest) -> Iterator[str]:
    context = container.get("securityContext", {})
    if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
        yield "may gain privileges"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "may write to its root"
    if context.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps capabilities"
    resources = container.get("resources", {})
    if resources.get("requests", {}).keys() != {"cpu", "memory"}:
        yield "does not request CPU and memory"
    if resources.get("limits", {}).keys() != {"memory"}:
        yield "does not limit memory alone"
    if not re.search(r":\d[\w.-]*$", container["image"]):
        yield f"image {container['image']} names no version"
    if any(
        "secretKeyRef" in variable.get("valueFrom", {}) for variable in container.get("env", ())
    ):
        yield "has a secret in its environment"


def _deployment(workload: Manifest) -> Iterator[str]:
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    main = main_container(workload)
    if pod["securityContext"].get("runAsUser") != 10001:
        yield "does not run as 10001"
    rolling = workload["spec"].get("strategy", {}).get("rollingUpdate", {})
    if rolling.get("maxUnavailable") != 0:
        yield "takes a pod away before another is there"
    spread = pod.get("topologySpreadConstraints", ())
    if [each["topologyKey"] for each in spread] != _SPREAD:
        yield "is not spread over zones and machines"
    if not all(selects(each["labelSelector"], labels_of(workload)) for each in spread):
        yield "is spread by labels of others"
    if main.get("lifecycle") != {"preStop": {"sleep": {"seconds": 5}}}:
        yield "stops before proxies have heard of it"
    if pod.get("terminationGracePeriodSeconds") != 45:
        yield "is not given 45 seconds to stop"
    yield from _probes(workload, main)


def _probes(workload: Manifest, main: Manifest) -> Iterator[str]:
    startup, ready, live = (
        main.get(f"{name}Probe") for name in ("startup", "readiness", "liveness")
    )
    if not (startup and ready and live) or startup == live or ready in (startup, live):
        yield "has not three different probes"
        return
    if live.get("httpGet", {}).get("path") != "/healthz":
        yield "is restarted for what it depends on"
    service = labels_of(workload)["app.kubernetes.io/component"] == "service"
    if service and ready.get("httpGet", {}).get("path") != "/readyz":
        yield "is not asked whether it is ready"


def _job(job: Manifest) -> Iterator[str]:
    version = main_container(job)["image"].rpartition(":")[2]
    if not job["metadata"]["name"].endswith(f".{version}"):
        yield "is not named by its version, and a Job cannot be changed"
    if "ttlSecondsAfterFinished" not in job["spec"]:
        yield "stays for ever"
    if main_container(job).get("args") != ["migrate"]:
        yield "does not migrate"


def _disruption(manifests: Manifests, deployment: Manifest) -> Iterator[str]:
    budgets = [
        budget["spec"]
        for budget in manifests.of("PodDisruptionBudget")
        if selects(budget["spec"]["selector"], labels_of(deployment))
    ]
    if len(budgets) != 1:
        yield "has not one disruption budget"
    elif budgets[0].get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
        yield "holds up a drain while it is not healthy"
    elif budgets[0].get("maxUnavailable") != 1:
        yield "may lose more than one pod to a drain"


def _scalers(manifests: Manifests, name: str) -> list[Manifest]:
    return [
        scaler["spec"]
        for scaler in manifests.of("HorizontalPodAutoscaler", "ScaledObject")
        if scaler["spec"]["scaleTargetRef"]["name"] == name
    ]


def _least_replicas(manifests: Manifests, deployment: Manifest) -> int:
    if scalers := _scalers(manifests, deployment["metadata"]["name"]):
        return min(s.get("minReplicas", s.get("minReplicaCount", 0)) for s in scalers)
    return deployment["spec"].get("replicas", 1)


def _scaling(manifests: Manifests) -> Iterator[str]:
    for deployment in manifests.of("Deployment"):
        scalers = _scalers(manifests, deployment["metadata"]["name"])
        if len(scalers) > 1:
            yield f"{called(deployment)}: two scale it"
        if scalers and "replicas" in deployment["spec"]:
            yield f"{called(deployment)}: an apply sets back what was scaled"
    for scaled in manifests.of("ScaledObject"):
        if scaled["spec"]["maxReplicaCount"] > PARTITIONS:
            yield f"{called(scaled)}: has more replicas than partitions"
        for trigger in scaled["spec"]["triggers"]:
            if trigger["type"] == "kafka":
                yield from (f"{called(scaled)}: {what}" for what in _kafka_trigger(trigger))


def _kafka_trigger(trigger: Manifest) -> Iterator[str]:
    if trigger["metadata"].get("excludePersistentLag") != "true":
        yield "a parked key holds replicas"
    if not int(trigger["metadata"].get("lagThreshold", 0)):
        yield "no lag is named at which it scales"
    if "authenticationRef" not in trigger:
        yield "does not say to Kafka who asks"
