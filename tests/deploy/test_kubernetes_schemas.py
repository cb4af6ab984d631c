"""Every manifest fits its schema: Kubernetes' own, or that of the operator which reads it."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from kubernetes_validate import ValidationError, validate

from manifests import FOLDER, OVERLAYS, Manifest, called, rendered

# The oldest in which a pod may sleep before it stops, and the newest whose schemas we have.
RELEASES = ("1.30", "1.37")
SCHEMAS = FOLDER / "schemas"


def problems(manifest: Manifest) -> list[str]:
    group, _, version = manifest["apiVersion"].rpartition("/")
    if not (SCHEMAS / group).is_dir() or not group:
        return _problems_of_core(json.dumps(manifest))
    # jsonschema has no types for it.
    validator: Any = _validator(group, manifest["kind"].lower(), version)
    found = validator.iter_errors(manifest)
    return [f"{called(manifest)}: {error.json_path}: {error.message}" for error in found]


@cache
def _problems_of_core(text: str) -> list[str]:
    """Most are the same in every overlay, and the schemas are large."""
    manifest = json.loads(text)
    for release in RELEASES:
        try:
            validate(manifest, release, strict=True)
        except ValidationError as error:
            return [f"{called(manifest)}: {error.json_path}: {error.message}"]
    return []


@cache
def _validator(group: str, kind: str, version: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / group / f"{kind}_{version}.json").read_text())
    schema["properties"]["metadata"] = {
        "type": "object",
        "properties": {key: {} for key in ("name", "namespace", "labels", "annotations")},
    }
    return Draft202012Validator(_closed(schema))


def _closed(schema: Any) -> Any:
    """As the API server would prune it: an object has no properties but those that are named."""
    if isinstance(schema, list):
        return [_closed(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    given = cast("dict[str, Any]", schema)
    closed = {name: _closed(value) for name, value in given.items() if name != "properties"}
    if "properties" in given:
        closed["properties"] = {name: _closed(value) for name, value in given["properties"].items()}
        if not given.get("x-kubernetes-preserve-unknown-fields"):
            closed.setdefault("additionalProperties", False)
    return closed


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_manifest_fits_its_schema(overlay: str) -> None:
    assert [problem for manifest in rendered(overlay) for problem in problems(manifest)] == []


def test_every_custom_kind_has_a_schema_and_every_schema_is_used() -> None:
    kept = {str(path.relative_to(SCHEMAS)) for path in SCHEMAS.glob("*/*.json")}
    used = {
        f"{group}/{manifest['kind'].lower()}_{version}.json"
        for overlay in OVERLAYS
        for manifest in rendered(overlay)
        for group, _, version in [manifest["apiVersion"].rpartition("/")]
        if ("." in group and not group.endswith(".k8s.io")) or group.startswith("gateway.")
    }
    assert used == kept


def _set(path: str, value: Any) -> Callable[[Manifest], None]:
    *way, last = path.split(".")

    def plant(manifest: Manifest) -> None:
        place: Any = manifest
        for step in way:
            place = place[int(step) if step.isdigit() else step]
        place[last] = value

    return plant


@pytest.mark.parametrize(
    ("kind", "name", "plant", "says"),
    [
        ("Deployment", "poll-api", _set("spec.replica", 2), "replica"),
        ("Deployment", "poll-api", _set("spec.replicas", "two"), "two"),
        ("NetworkPolicy", "webhooks", _set("spec.egres", []), "egres"),
        ("PodDisruptionBudget", "gateway", _set("spec.maxAvailable", 1), "maxAvailable"),
        ("KafkaTopic", "commontime", _set("spec.partition", 6), "partition"),
        ("KafkaUser", "poll-api", _set("spec.authorization.acls.0.operations", ["Eat"]), "Eat"),
        ("Kafka", "commontime", _set("apiVersion", "kafka.strimzi.io/v1beta2"), "v1beta2"),
        ("Cluster", "commontime-postgres", _set("spec.instance", 3), "instance"),
        ("ObjectStore", "commontime-backups", _set("spec.configuration.bucket", "b"), "bucket"),
        ("HTTPRoute", "api", _set("spec.rules.0.timeouts.request", "30 seconds"), "30 seconds"),
        ("BackendTrafficPolicy", "api", _set("spec.retries", 3), "retries"),
        ("ScaledObject", "recommender", _set("spec.maxReplicas", 6), "maxReplicas"),
        ("Certificate", "commontime", _set("spec.dnsName", "a.example"), "dnsName"),
        ("PodMonitor", "commontime", _set("spec.podMetricsEndpoints.0.intervall", "1s"), "interv"),
    ],
)
def test_what_does_not_fit_is_found(
    kind: str, name: str, plant: Callable[[Manifest], None], says: str
) -> None:
    manifest = next(
        m for m in rendered("prod").of(kind) if m["metadata"]["name"].partition(".")[0] == name
    )
    plant(manifest)
    try:
        found = problems(manifest)
    except FileNotFoundError as missing:
        found = [str(missing)]
    assert any(says in problem for problem in found), found
