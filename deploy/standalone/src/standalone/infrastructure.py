"""PostgreSQL and Kafka for one home: our own child processes, or servers the settings name."""

from standalone import aot, artifacts, java
from standalone.home import Home
from standalone.kafka import Kafka
from standalone.leftovers import stop_leftovers
from standalone.postgres import Postgres
from standalone.progress import Progress
from standalone.settings import Settings


class Infrastructure:
    """The two servers. `own` are those we run ourselves."""

    def __init__(self, home: Home, settings: Settings, progress: Progress) -> None:
        self._home = home
        self._settings = settings
        self._progress = progress
        self._postgres = None if settings.database_url else self._own_postgres()
        self._kafka: Kafka | None = None

    @property
    def own(self) -> list[Postgres | Kafka]:
        return [server for server in (self._postgres, self._kafka) if server]

    @property
    def database_url(self) -> str:
        """The PostgreSQL server's URL, as its administrator."""
        if self._settings.database_url:
            return self._settings.database_url.get_secret_value()
        assert self._postgres
        return self._postgres.url()

    @property
    def bootstrap(self) -> str:
        """Kafka's address, once `begin` has been called."""
        if self._settings.kafka_bootstrap_servers:
            return self._settings.kafka_bootstrap_servers
        assert self._kafka
        return self._kafka.bootstrap

    def clear_leftovers(self) -> None:
        """Stop what a killed launcher left behind."""
        server = self._postgres.leftover() if self._postgres else None
        if count := stop_leftovers(self._home, [server] if server else []):
            self._progress.say(f"Stopped {count} processes that an earlier run left behind.")

    def begin(self) -> None:
        """Start making the data folders, after fetching what is missing."""
        if self._postgres:
            self._postgres.begin()
        if not self._settings.kafka_bootstrap_servers:
            self._kafka = self._own_kafka()
            self._kafka.begin()

    def wants_training(self) -> bool:
        """Say whether a training run would make our own Kafka start quicker."""
        return self._kafka is not None and aot.is_missing()

    def stop(self) -> None:
        """Stop our own servers, both at once."""
        for server in self.own:
            if server.child:
                server.child.ask_to_stop()
        for server in self.own:
            server.stop()

    def kill(self) -> None:
        """End our own servers at once; what they have acknowledged is on disk."""
        for server in self.own:
            if server.child:
                server.child.kill()

    def _own_postgres(self) -> Postgres:
        return Postgres(
            self._home.postgres_data,
            password=self._home.secret("postgres-password"),
            log=self._home.log("postgres"),
        )

    def _own_kafka(self) -> Kafka:
        runtime = java.find()
        jars = artifacts.kafka_jars(self._progress.fetched)
        return Kafka(
            self._home.kafka_data,
            java=runtime,
            jars=jars,
            log=self._home.log("kafka"),
            flags=aot.flags(runtime, jars),
        )
