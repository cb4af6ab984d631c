"""What Kubernetes has of other folders is what stands there: kustomize reads none but its own."""

import re
import runpy

import yaml

from manifests import FOLDER, OVERLAYS, rendered
from standalone.services import SERVICES

DEPLOY = FOLDER.parent
PROMETHEUS = FOLDER / "components" / "prometheus-operator"


def test_the_rules_are_those_of_prometheus() -> None:
    written = runpy.run_path(str(PROMETHEUS / "rules.py"))["prometheus_rules"]()
    assert (PROMETHEUS / "rules.yaml").read_text() == written, (
        "write it again: python deploy/kubernetes/components/prometheus-operator/rules.py"
    )


def test_every_alert_of_prometheus_is_one_in_the_cluster() -> None:
    files = (DEPLOY / "observability" / "rules").glob("*.yaml")
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    resources = rendered("prod").of("PrometheusRule")
    deployed = [group for resource in resources for group in resource["spec"]["groups"]]
    assert _alerts(groups) == _alerts(deployed)
    assert _alerts(groups)


def _alerts(groups: list[dict[str, list[dict[str, str]]]]) -> dict[str, str]:
    rules = [rule for group in groups for rule in group["rules"]]
    return {rule["alert"]: rule["expr"] for rule in rules if "alert" in rule}


def test_databases_are_made_as_everywhere() -> None:
    components = FOLDER / "components"
    provisioning = DEPLOY / "standalone" / "src" / "standalone" / "provisioning"
    copies = {
        components / "single-node" / "create-databases.sh": DEPLOY / "compose" / "postgres",
        **{
            components / "provisioning" / f"{name}.sql": provisioning
            for name in ("provision", "roles", "privileges")
        },
    }
    for copied, folder in copies.items():
        assert copied.read_text() == (folder / copied.name).read_text(), f"copy {copied.name} again"


def test_the_images_of_servers_are_those_of_compose() -> None:
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())["services"]
    for overlay in ("dev", "single-node"):
        for name in ("postgres", "kafka"):
            (container,) = rendered(overlay).one("StatefulSet", name)["spec"]["template"]["spec"][
                "containers"
            ]
            default = re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", compose[name]["image"])
            assert container["image"] == default


def test_the_gateway_finds_each_service_where_it_listens() -> None:
    for overlay in OVERLAYS:
        manifests = rendered(overlay)
        (text,) = (
            found["data"]["upstreams.conf"]
            for found in manifests.of("ConfigMap")
            if "upstreams.conf" in found["data"]
        )
        found = re.findall(r"upstream ([a-z-]+) \{\s+server ([a-z-]+):(\d+);", text)
        assert found == [(service.name, service.name, "8080") for service in SERVICES]
        for name, _, port in found:
            (listening,) = manifests.one("Service", name)["spec"]["ports"]
            assert str(listening["port"]) == port
