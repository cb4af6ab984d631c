"""What a manifest names exists: among the manifests, in the Secrets, or made by an operator."""

from collections.abc import Callable
from typing import Any

import pytest

from manifest_names import Secrets, missing
from manifests import OVERLAYS, Manifests, main_container, rendered


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_name_leads_somewhere(overlay: str, written: dict[str, Secrets]) -> None:
    assert missing(rendered(overlay), written[overlay]) == []


Plant = Callable[[Manifests], None]


def _spec(m: Manifests, kind: str, name: str) -> dict[str, Any]:
    return m.one(kind, name)["spec"]


def _pod(m: Manifests) -> dict[str, Any]:
    return _spec(m, "Deployment", "poll-api")["template"]["spec"]


def _main(m: Manifests) -> dict[str, Any]:
    return main_container(m.one("Deployment", "poll-api"))


def _gone(kind: str, name: str) -> Plant:
    return lambda m: m.documents.remove(m.one(kind, name))


def _changed(kind: str, of: str, /, *way: str | int, **values: Any) -> Plant:
    def plant(m: Manifests) -> None:
        place: Any = _spec(m, kind, of)
        for step in way:
            place = place[step]
        place.update(values)

    return plant


def _without_its_certificate(m: Manifests) -> None:
    (volume,) = (v for v in _pod(m)["volumes"] if v["name"] == "postgres-ca")
    volume["secret"]["items"][0]["key"] = "key"


PLANTED: list[tuple[str, Plant]] = [
    ("Secret nowhere", lambda m: _pod(m)["volumes"][-1]["secret"].update(secretName="nowhere")),
    ("Secret commontime-postgres-ca/key", _without_its_certificate),
    ("ServiceAccount nobody", lambda m: _pod(m).update(serviceAccountName="nobody")),
    ("ConfigMap none", lambda m: _main(m)["envFrom"][0]["configMapRef"].update(name="none")),
    ("volume other", lambda m: _main(m)["volumeMounts"].append({"name": "other"})),
    ("Secret poll-api", _gone("KafkaUser", "poll-api")),
    ("port grpc", _changed("Service", "gateway", "ports", 0, targetPort="grpc")),
    ("one workload", lambda m: _spec(m, "Service", "gateway")["selector"].clear()),
    ("Deployment x", _changed("ScaledObject", "recommender", "scaleTargetRef", name="x")),
    ("TriggerAuthentication kafka", _gone("TriggerAuthentication", "kafka")),
    ("keda/token", _changed("TriggerAuthentication", "kafka", "secretTargetRef", 0, key="token")),
    ("Service x", _changed("HTTPRoute", "page", "rules", 0, "backendRefs", 0, name="x")),
    ("listener", _changed("HTTPRoute", "page", "parentRefs", 0, sectionName="x")),
    ("Secret commontime-tls", _gone("Certificate", "commontime")),
    ("HTTPRoute x", _changed("BackendTrafficPolicy", "api", "targetRefs", 0, name="x")),
    ("Issuer lets-encrypt", _gone("Issuer", "lets-encrypt")),
    (
        "role poll_api_owner",
        lambda m: _spec(m, "Cluster", "commontime-postgres")["managed"]["roles"].pop(0),
    ),
    ("ObjectStore commontime-backups", _gone("ObjectStore", "commontime-backups")),
    ("Cluster commontime-postgres", _gone("Cluster", "commontime-postgres")),
]


@pytest.mark.parametrize(("says", "plant"), PLANTED)
def test_a_name_that_leads_nowhere_is_found(
    says: str, plant: Plant, written: dict[str, Secrets]
) -> None:
    manifests = rendered("prod")
    plant(manifests)
    found = missing(manifests, written["prod"])
    assert any(says in each for each in found), found
