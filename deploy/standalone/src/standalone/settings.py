"""What the one-machine runtime itself can be told; the services' settings follow from it."""

from pathlib import Path

from pydantic import Field, SecretStr

from chassis.settings import EnvironmentSettings, Url
from standalone.ports import free_port


class Settings(EnvironmentSettings):
    """The runtime's settings, from the environment."""

    home: Path = Field(
        default=Path(".commontime"),
        validation_alias="COMMONTIME_HOME",
        description="The folder with all data, logs and secrets",
    )
    host: str = Field(
        default="127.0.0.1",
        validation_alias="COMMONTIME_HOST",
        description="The address to listen on; `0.0.0.0` lets other machines in",
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        validation_alias="COMMONTIME_PORT",
        description="The port of everything; `0` takes a free one and prints it",
    )
    public_url: Url | None = Field(
        default=None,
        validation_alias="COMMONTIME_PUBLIC_URL",
        description="Where people reach this machine; links begin with it",
    )
    database_url: SecretStr | None = Field(
        default=None,
        validation_alias="COMMONTIME_DATABASE_URL",
        description="A PostgreSQL server to use instead of our own, as its administrator",
    )
    kafka_bootstrap_servers: str | None = Field(
        default=None,
        validation_alias="KAFKA_BOOTSTRAP_SERVERS",
        description="A Kafka to use instead of our own",
    )

    @property
    def local_host(self) -> str:
        """How this machine itself addresses what listens on `host`, as it stands in a URL."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - looked up, not used
        return everywhere.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)

    def choose_port(self) -> int:
        """Return the port to listen on: the one that was set, or one that is free now."""
        return self.port or free_port()
