"""What manifests name: whether it is among them, in the Secrets, or made by an operator."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from manifests import (
    Manifest,
    Manifests,
    called,
    containers,
    labels_of,
    main_container,
    selects,
)

# The keys of each Secret, by its name.
Secrets = dict[str, set[str]]
References = Iterator[tuple[str, str]]


def missing(manifests: Manifests, secrets: Secrets) -> list[str]:
    """Every name that leads nowhere."""
    known = _Known(manifests, {**secrets, **_made_by_operators(manifests)})
    found: list[str] = []
    for workload in manifests.workloads():
        found += [f"{called(workload)}: no {what}" for what in _of_pod(workload, known)]
    for manifest in manifests:
        wanted = _WANTED.get(manifest["kind"], _nothing)(manifest.get("spec", {}))
        lost = [f"{kind} {name}" for kind, name in wanted if not known(kind, name)]
        found += [f"{called(manifest)}: no {what}" for what in lost]
    for service in manifests.of("Service"):
        found += [f"{called(service)}: no {what}" for what in _ports(manifests, service)]
    return found


class _Known:
    """Says whether there is something of this kind and name; a Secret's may end in `/key`."""

    def __init__(self, manifests: Manifests, secrets: Secrets) -> None:
        self._named = {(m["kind"], m["metadata"]["name"]) for m in manifests}
        self._named |= {
            ("role", role["name"])
            for cluster in manifests.of("Cluster")
            for role in cluster["spec"]["managed"]["roles"]
        }
        self._named |= {
            ("listener", f"{gateway['metadata']['name']}/{listener['name']}")
            for gateway in manifests.of("Gateway")
            for listener in gateway["spec"]["listeners"]
        }
        self._secrets = secrets

    def __call__(self, kind: str, name: str) -> bool:
        if kind != "Secret":
            return (kind, name) in self._named
        secret, _, key = name.partition("/")
        return secret in self._secrets and (not key or key in self._secrets[secret])


def _made_by_operators(manifests: Manifests) -> Secrets:
    made: Secrets = {}
    for manifest in manifests:
        name = manifest["metadata"]["name"]
        match manifest["kind"]:
            case "KafkaUser":
                made[name] = {"password", "sasl.jaas.config"}
            case "Kafka":
                made[f"{name}-cluster-ca-cert"] = {"ca.crt", "ca.p12", "ca.password"}
            case "Cluster":
                made[f"{name}-ca"] = {"ca.crt"}
            case "Certificate":
                made[manifest["spec"]["secretName"]] = {"tls.crt", "tls.key"}
            case _:
                pass
    return made


def _of_pod(workload: Manifest, known: _Known) -> Iterator[str]:
    pod: dict[str, Any] = workload["spec"]["template"]["spec"]
    wanted = [*_mounted(pod), *_environments(workload)]
    if "serviceAccountName" in pod:
        wanted.append(("ServiceAccount", pod["serviceAccountName"]))
    yield from (f"{kind} {name}" for kind, name in wanted if not known(kind, name))
    claims = workload["spec"].get("volumeClaimTemplates", ())
    volumes = {v["name"] for v in pod.get("volumes", ())} | {c["metadata"]["name"] for c in claims}
    mounts = {m["name"] for c in containers(workload) for m in c.get("volumeMounts", ())}
    yield from (f"volume {name}" for name in sorted(mounts - volumes))


def _mounted(pod: Manifest) -> References:
    for volume in pod.get("volumes", ()):
        for source in volume.get("projected", {}).get("sources", [volume]):
            if "secret" in source:
                yield from _of_secret(source["secret"])
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]


def _of_secret(secret: Manifest) -> References:
    name = secret.get("secretName") or secret["name"]
    yield "Secret", name
    yield from _keys(name, (item["key"] for item in secret.get("items", ())))


def _environments(workload: Manifest) -> References:
    for container in containers(workload):
        for source in container.get("envFrom", ()):
            yield "ConfigMap", source["configMapRef"]["name"]


def _ports(manifests: Manifests, service: Manifest) -> Iterator[str]:
    chosen = [
        workload
        for workload in manifests.of("Deployment", "StatefulSet")
        if selects({"matchLabels": service["spec"]["selector"]}, labels_of(workload))
    ]
    if len(chosen) != 1:
        yield "one workload that it selects"
    ports = {port["name"] for each in chosen for port in main_container(each)["ports"]}
    for port in service["spec"]["ports"]:
        if port["targetPort"] not in ports:
            yield f"port {port['targetPort']}"


def _nothing(_spec: Manifest) -> References:
    return iter(())


def _keys(name: str, keys: Iterable[str]) -> References:
    return (("Secret", f"{name}/{key}") for key in keys)


def _of_scaler(spec: Manifest) -> References:
    yield "Deployment", spec["scaleTargetRef"]["name"]
    for trigger in spec.get("triggers", ()):
        if "authenticationRef" in trigger:
            yield "TriggerAuthentication", trigger["authenticationRef"]["name"]


def _of_trigger_authentication(spec: Manifest) -> References:
    yield from (("ConfigMap", each["name"]) for each in spec["configMapTargetRef"])
    for reference in spec["secretTargetRef"]:
        yield from _keys(reference["name"], [reference["key"]])


def _of_route(spec: Manifest) -> References:
    for rule in spec["rules"]:
        yield from (("Service", backend["name"]) for backend in rule.get("backendRefs", ()))
    yield from (("listener", f"{p['name']}/{p['sectionName']}") for p in spec["parentRefs"])


def _of_gateway(spec: Manifest) -> References:
    for listener in spec["listeners"]:
        for reference in listener.get("tls", {}).get("certificateRefs", ()):
            yield "Secret", reference["name"]


def _of_cluster(spec: Manifest) -> References:
    for role in spec["managed"]["roles"]:
        yield from (("role", name) for name in role.get("inRoles", ()))
        if "passwordSecret" in role:
            yield from _keys(role["passwordSecret"]["name"], ["username", "password"])
    yield from (("ObjectStore", p["parameters"]["barmanObjectName"]) for p in spec["plugins"])


def _of_database(spec: Manifest) -> References:
    yield "Cluster", spec["cluster"]["name"]
    yield "role", spec["owner"]


def _of_object_store(spec: Manifest) -> References:
    for reference in spec["configuration"]["s3Credentials"].values():
        yield from _keys(reference["name"], [reference["key"]])


_WANTED: dict[str, Callable[[Manifest], References]] = {
    "HorizontalPodAutoscaler": _of_scaler,
    "ScaledObject": _of_scaler,
    "TriggerAuthentication": _of_trigger_authentication,
    "HTTPRoute": _of_route,
    "Gateway": _of_gateway,
    "BackendTrafficPolicy": lambda spec: ((t["kind"], t["name"]) for t in spec["targetRefs"]),
    "ClientTrafficPolicy": lambda spec: ((t["kind"], t["name"]) for t in spec["targetRefs"]),
    "Certificate": lambda spec: iter([(spec["issuerRef"]["kind"], spec["issuerRef"]["name"])]),
    "Cluster": _of_cluster,
    "Database": _of_database,
    "ScheduledBackup": lambda spec: iter([("Cluster", spec["cluster"]["name"])]),
    "ObjectStore": _of_object_store,
}
