"""Who reaches whom, by the rules of NetworkPolicies: a policy adds, and both ends have to allow."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from manifests import Manifest, Manifests, labels_of, main_container, selects

_OURS = {"kubernetes.io/metadata.name": "commontime"}


@dataclass(frozen=True)
class Pod:
    """One end of a connection: a pod by its labels, in a namespace by its own."""

    labels: Mapping[str, str]
    namespace: str = "commontime"
    ports: Mapping[str, int] | None = None

    @property
    def is_ours(self) -> bool:
        return self.namespace == "commontime"


@dataclass(frozen=True)
class Address:
    """One end that is no pod."""

    address: str


def pod_of(workload: Manifest) -> Pod:
    ports = main_container(workload).get("ports", ())
    named = {port["name"]: port["containerPort"] for port in ports}
    return Pod(labels_of(workload), ports=named)


@dataclass(frozen=True)
class _Way:
    """A connection that somebody tries to make."""

    source: Pod | Address
    target: Pod | Address
    port: int
    protocol: str


def reaches(
    manifests: Manifests,
    source: Pod | Address,
    target: Pod | Address,
    port: int,
    protocol: str = "TCP",
) -> bool:
    """Say whether a connection comes about. What is outside the namespace allows everything."""
    way = _Way(source, target, port, protocol)
    policies = manifests.of("NetworkPolicy")
    return _leaves(policies, way) and _enters(policies, way)


def _leaves(policies: Iterable[Manifest], way: _Way) -> bool:
    if not (isinstance(way.source, Pod) and way.source.is_ours):
        return True
    rules = _rules(policies, "Egress", way.source)
    return any(_allows(rule, rule.get("to"), way.target, way) for rule in rules)


def _enters(policies: Iterable[Manifest], way: _Way) -> bool:
    if not (isinstance(way.target, Pod) and way.target.is_ours):
        return True
    rules = _rules(policies, "Ingress", way.target)
    return any(_allows(rule, rule.get("from"), way.source, way) for rule in rules)


def _rules(policies: Iterable[Manifest], direction: str, pod: Pod) -> Iterator[Manifest]:
    for policy in policies:
        spec = policy["spec"]
        if direction in spec["policyTypes"] and selects(spec["podSelector"], pod.labels):
            yield from spec.get(direction.lower(), ())


def _allows(
    rule: Manifest, peers: Sequence[Manifest] | None, other: Pod | Address, way: _Way
) -> bool:
    """A rule without peers, or without ports, is for all of them."""
    peer_fits = peers is None or any(_is(peer, other) for peer in peers)
    ports = rule.get("ports")
    return peer_fits and (ports is None or any(_has(port, way) for port in ports))


def _is(peer: Manifest, other: Pod | Address) -> bool:
    if isinstance(other, Address):
        if "ipBlock" not in peer:
            return False
        address, block = ipaddress.ip_address(other.address), peer["ipBlock"]
        return _within(address, block["cidr"]) and not any(
            _within(address, each) for each in block.get("except", ())
        )
    if "ipBlock" in peer:
        return False
    namespace = {"kubernetes.io/metadata.name": other.namespace}
    in_namespace = selects(peer.get("namespaceSelector", {"matchLabels": _OURS}), namespace)
    return in_namespace and selects(peer.get("podSelector", {}), other.labels)


def _within(address: ipaddress.IPv4Address | ipaddress.IPv6Address, network: str) -> bool:
    return address in ipaddress.ip_network(network)


def _has(allowed: Manifest, way: _Way) -> bool:
    first: int | str = allowed["port"]
    if isinstance(first, str):
        named = way.target.ports if isinstance(way.target, Pod) else None
        first = (named or {}).get(first, -1)
    fits = first <= way.port <= allowed.get("endPort", first)
    return fits and allowed["protocol"] == way.protocol
