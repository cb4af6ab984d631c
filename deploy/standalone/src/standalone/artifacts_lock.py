"""Write the list of Apache Kafka's jars: `python -m standalone.artifacts_lock` (`make lock`)."""

import hashlib
import tempfile
from pathlib import Path

from jgo.env import EnvironmentBuilder
from jgo.maven import MavenContext

from standalone.artifacts import Artifact

# The final "!" asks jgo to let these versions manage the transitive ones: without it, it picks
# a kafka-clients of another release. log4j's binding makes Kafka's log visible at all.
ENDPOINT = "org.apache.kafka:kafka_2.13:4.3.1+org.apache.logging.log4j:log4j-slf4j-impl:2.25.4!"
LIST = Path(__file__).with_name("kafka-artifacts.txt")


def resolve() -> list[Artifact]:
    """Resolve the endpoint's dependencies from an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder, "repository")
        builder = EnvironmentBuilder(
            context=MavenContext(repo_cache=repository), cache_dir=Path(folder, "environments")
        )
        builder.from_endpoint(ENDPOINT)
        return sorted((_artifact(jar, repository) for jar in repository.rglob("*.jar")), key=str)


def _artifact(jar: Path, repository: Path) -> Artifact:
    *group, name, version, _ = jar.relative_to(repository).parts
    content = jar.read_bytes()
    return Artifact(
        ".".join(group), name, version, hashlib.sha256(content).hexdigest(), len(content)
    )


if __name__ == "__main__":
    LIST.write_text("".join(f"{artifact}\n" for artifact in resolve()))
