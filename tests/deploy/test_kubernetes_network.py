"""Who reaches whom in the cluster, and nobody else does."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import yaml
from network_policies import Address, Pod, pod_of, reaches

from chassis.settings import variables
from manifests import FOLDER, OVERLAYS, Manifests, rendered
from standalone.services import SERVICES

NAMES = [service.name for service in SERVICES]
Ways = set[tuple[str, str]]

# Pods of other namespaces, and those which operators make in ours, by the labels they give them.
OUTSIDE = {
    "elsewhere": Pod({"app": "anything"}, "default"),
    "prometheus": Pod({"app.kubernetes.io/name": "prometheus"}, "monitoring"),
    "keda": Pod({"app": "keda-operator"}, "keda"),
    "cnpg": Pod({"app.kubernetes.io/name": "cloudnative-pg"}, "cnpg-system"),
    "envoy": Pod(
        {
            "gateway.envoyproxy.io/owning-gateway-namespace": "commontime",
            "gateway.envoyproxy.io/owning-gateway-name": "commontime",
        },
        "envoy-gateway-system",
    ),
}
DNS = Pod({"k8s-app": "kube-dns"}, "kube-system")
COLLECTOR = Pod({"app.kubernetes.io/name": "otel-collector"}, "monitoring")
POSTGRES = Pod({"cnpg.io/cluster": "commontime-postgres"})
KAFKA = Pod({"strimzi.io/cluster": "commontime", "strimzi.io/kind": "Kafka"})
PUBLIC = ("93.184.215.14", "2606:2800:21f:cb07::1")
PRIVATE = (
    *("10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "127.0.0.1"),
    *("169.254.169.254", "0.0.0.0", "224.0.0.1", "::1", "fd00::1", "fe80::1", "2002:7f00:1::"),
)


def ways(manifests: Manifests) -> Ways:
    """All that are open: from each of our pods and the outside, to whatever listens."""
    kept = Manifests([*manifests, *_made_by_strimzi(manifests)])
    ours = {
        manifest["metadata"]["name"].partition(".")[0]: pod_of(manifest)
        for manifest in manifests.ours()
    }
    listening = {name: (pod, 8080) for name, pod in ours.items() if "migrate" not in name}
    postgres, kafka = _servers(manifests)
    targets = {
        **listening,
        "postgres": postgres,
        "kafka": kafka,
        "backups": (postgres[0], 9187),
        "collector": (COLLECTOR, 4318),
        **{f"public {each}": (Address(each), 443) for each in PUBLIC},
        **{f"private {each}": (Address(each), 443) for each in PRIVATE},
    }
    sources = {**ours, **OUTSIDE}
    found = {
        (source, target)
        for source, (target, (to, port)) in product(sources, targets.items())
        if source in ours or target in {*listening, "postgres", "kafka", "backups"}
        if source != target and reaches(kept, sources[source], to, port)
    }
    return found | {(n, "dns") for n, pod in ours.items() if reaches(kept, pod, DNS, 53, "UDP")}


def _servers(manifests: Manifests) -> tuple[tuple[Pod, int], tuple[Pod, int]]:
    if manifests.of("Kafka"):
        return (POSTGRES, 5432), (KAFKA, 9093)
    postgres, kafka = (pod_of(manifests.one("StatefulSet", name)) for name in ("postgres", "kafka"))
    return (postgres, 5432), (kafka, 9092)


def _made_by_strimzi(manifests: Manifests) -> list[dict[str, object]]:
    return [
        {
            "kind": "NetworkPolicy",
            "spec": {
                "podSelector": {"matchLabels": dict(KAFKA.labels)},
                "policyTypes": ["Ingress"],
                "ingress": [
                    {
                        "from": listener["networkPolicyPeers"],
                        "ports": [{"protocol": "TCP", "port": listener["port"]}],
                    }
                ],
            },
        }
        for kafka in manifests.of("Kafka")
        for listener in kafka["spec"]["kafka"]["listeners"]
    ]


def expected(overlay: str) -> Ways:
    urls = {service.url_variable: service.name for service in SERVICES}
    # Which service asks which: what its settings want the address of.
    asks = {
        (service.name, urls[variable.name])
        for service in SERVICES
        for variable in variables(service.settings_class())
        if variable.name in urls
    }
    jobs = [f"migrate-{name}" for name in NAMES]
    everywhere = {
        *asks,
        *product(["gateway"], NAMES),
        *product(OUTSIDE, ["gateway"]),
        *product([*NAMES, *jobs, "gateway"], ["dns"]),
        *product([*NAMES, *jobs], ["postgres"]),
        *product(NAMES, ["kafka"]),
        *(("event-lifecycle", f"public {each}") for each in PUBLIC),
    }
    if overlay != "prod":
        return everywhere
    return everywhere | {
        *product(["envoy", "prometheus"], NAMES),
        *product(NAMES, ["collector"]),
        ("keda", "kafka"),
        ("cnpg", "postgres"),
        ("prometheus", "backups"),
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_ways_that_are_open_are_those_that_are_needed(overlay: str) -> None:
    assert ways(rendered(overlay)) == expected(overlay)


def test_with_mail_and_openid_services_reach_what_these_need_and_nothing_private() -> None:
    folder = FOLDER / "components" / "mail-and-openid"
    policies = (folder / "network-policies.yaml").read_text()
    manifests = Manifests([*rendered("prod"), *yaml.safe_load_all(policies)])
    assert ways(manifests) - expected("prod") == {
        (name, f"public {each}") for name in NAMES if name != "event-lifecycle" for each in PUBLIC
    }
    mail = {
        name: reaches(manifests, pod_of(manifests.one("Deployment", name)), Address(PUBLIC[0]), 465)
        for name in ("poll-api", "availability")
    }
    assert mail == {"poll-api": True, "availability": False}


def _policy(m: Manifests, name: str) -> dict[str, Any]:
    return m.one("NetworkPolicy", name)["spec"]


PLANTED: list[tuple[tuple[str, str], Callable[[Manifests], object]]] = [
    (("elsewhere", "poll-api"), lambda m: _policy(m, "from-gateway").update(ingress=[{}])),
    (("elsewhere", "poll-api"), lambda m: _policy(m, "from-gateway")["ingress"][0].pop("from")),
    (("poll-api", "dns"), lambda m: m.documents.remove(m.one("NetworkPolicy", "dns"))),
    (("gateway", "availability"), lambda m: _policy(m, "gateway")["egress"].pop()),
    (("recommender", "poll-api"), lambda m: _policy(m, "recommender")["egress"].pop()),
    (("recommender", "poll-api"), lambda m: _policy(m, "poll-api")["ingress"].pop()),
    (("gateway", "collector"), lambda m: _policy(m, "gateway")["egress"].append({})),
    (("migrate-poll-api", "postgres"), lambda m: _policy(m, "to-postgres")["egress"].pop()),
    (
        ("event-lifecycle", "private 10.1.2.3"),
        lambda m: _policy(m, "webhooks")["egress"][0]["to"][0]["ipBlock"].pop("except"),
    ),
    (
        ("poll-api", f"public {PUBLIC[0]}"),
        lambda m: _policy(m, "webhooks").update(podSelector={}),
    ),
    (("prometheus", "recommender"), lambda m: _policy(m, "prometheus")["ingress"].pop()),
    (
        ("elsewhere", "backups"),
        lambda m: _policy(m, "prometheus-to-postgres")["ingress"][0].pop("from"),
    ),
]


@pytest.mark.parametrize(("way", "plant"), PLANTED)
def test_a_policy_that_is_too_wide_or_too_narrow_is_found(
    way: tuple[str, str], plant: Callable[[Manifests], object]
) -> None:
    manifests = rendered("prod")
    plant(manifests)
    assert way in ways(manifests) ^ expected("prod")
