"""From the runtime's settings to the environment of the process that holds the services."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from standalone.failures import Failure
from standalone.home import Home
from standalone.services import SERVICES, Service
from standalone.settings import Settings

# Files in the home, unless the variable (or its `_FILE`) is set already.
SECRETS = {
    "COMMONTIME_ADMIN_TOKEN": "admin-token",
    "COMMONTIME_SERVICE_TOKEN": "service-token",
    "COMMONTIME_SIGNING_KEY": "signing-key",
    "COMMONTIME_ENCRYPTION_KEY": "encryption-key",
}


def service_environment(
    home: Home, settings: Settings, *, server: str, bootstrap: str, url: str
) -> dict[str, str]:
    """Return the environment of the services.

    `server` is the PostgreSQL server's URL as its administrator; each service gets its own
    database on it, with a role of its own. `url` is where this machine reaches the instance.
    """
    return {
        **os.environ,
        **{service.database_variable: database_url(home, server, service) for service in SERVICES},
        **{service.url_variable: f"{url}/-/{service.name}" for service in SERVICES},
        **{
            f"{variable}_FILE": str(home.secret_file(name))
            for variable, name in SECRETS.items()
            if not {variable, f"{variable}_FILE"} & set(os.environ)
        },
        "COMMONTIME_DATABASE_URL": server,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "COMMONTIME_PUBLIC_URL": settings.public_url or url,
        "COMMONTIME_HOST": settings.host,
        "COMMONTIME_PORT": str(urlsplit(url).port),
        # The same at every start: Kafka then takes a restarted consumer for the one it knew.
        "COMMONTIME_INSTANCE_ID": "standalone",
        # numpy would start a thread, with its buffers, for every processor; we never need them.
        "OPENBLAS_NUM_THREADS": "1",
    }


def database_url(home: Home, server: str, service: Service) -> str:
    """Return the URL of a service's own database, with its own role."""
    password = home.secret(f"database-{service.name}")
    parts = urlsplit(server)
    address = parts.netloc.rpartition("@")[2]
    return parts._replace(
        netloc=f"{service.database}:{password}@{address}", path=f"/{service.database}"
    ).geturl()


def encryption_key(home: Home) -> str | None:
    """Return the key that secrets are sealed with, where it is known here."""
    variable = "COMMONTIME_ENCRYPTION_KEY"
    if key := os.environ.get(variable):
        return key
    named = os.environ.get(f"{variable}_FILE")
    file = Path(named) if named else home.folder / "secrets" / SECRETS[variable]
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise Failure(f"The encryption key cannot be read: {problem}.") from None
