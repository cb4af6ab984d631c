"""The users of Kafka that the manifests make, and what each may do."""

from functools import cache

from manifests import Manifest, rendered


@cache
def users() -> dict[str, Manifest]:
    """By name."""
    return {user["metadata"]["name"]: user for user in rendered("prod").of("KafkaUser")}


def allowed(user: str, operation: str, kind: str = "topic") -> set[str]:
    """The names of topics, or groups, with which a user may do this."""
    return {
        acl["resource"]["name"]
        for acl in users()[user]["spec"]["authorization"]["acls"]
        if acl["resource"]["type"] == kind and operation in acl["operations"]
    }
