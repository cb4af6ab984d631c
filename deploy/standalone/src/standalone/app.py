"""The process with all four services on one port: `python -m standalone`.

It expects the environment that `standalone.environment` makes.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from chassis.application import create_service
from chassis.graceful_server import GracefulServer, uvicorn_config
from chassis.loading import loading
from chassis.logs import configure_logs
from chassis.settings import ServiceSettings, load
from chassis.tracing import configure_tracing
from standalone.databases import prepare, wait_for_server
from standalone.dispatcher import Dispatcher
from standalone.instance import readiness_checks
from standalone.lifespans import together
from standalone.openapi import Document, merge
from standalone.page import FOLDER, page
from standalone.services import SERVICES, Service

_OPERATORS_TOKENS = ("service_token", "admin_token")


def create_app(settings: Mapping[Service, ServiceSettings]) -> tuple[Dispatcher, list[FastAPI]]:
    """Assemble the services and the instance's own application, which comes last in the list."""
    services = {service.name: service.create_app(settings[service]) for service in SERVICES}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        await prepare_databases()
        async with together(services.values()):
            yield

    instance = create_service(
        "standalone",
        settings[SERVICES[0]],
        routers=[],
        lifespan=lifespan,
        ready=readiness_checks(services),
    )
    instance.openapi = lambda: merged_document(services)
    https = settings[SERVICES[0]].public_url.startswith("https:")
    tokens = metrics_tokens(settings.values())
    dispatcher = Dispatcher(services, instance, page(FOLDER, https=https), tokens)
    return dispatcher, [*services.values(), instance]


def metrics_tokens(settings: Iterable[ServiceSettings]) -> set[str]:
    """Return the service token and the admin token: who has one of them runs the instance."""
    secrets = (getattr(one, name, None) for one in settings for name in _OPERATORS_TOKENS)
    return {secret.get_secret_value() for secret in secrets if secret}


def merged_document(services: Mapping[str, FastAPI]) -> Document:
    """Return the OpenAPI document of the whole instance."""
    documents = {name: app.openapi() for name, app in services.items()}
    return merge(documents, title="Commontime", version=version("standalone"))


async def prepare_databases() -> None:
    """Wait for PostgreSQL, then bring all four databases to their schema, side by side."""
    server = os.environ["COMMONTIME_DATABASE_URL"]
    await asyncio.to_thread(wait_for_server, server)
    async with asyncio.TaskGroup() as group:
        for service in SERVICES:
            url = os.environ[service.database_variable]
            group.create_task(asyncio.to_thread(prepare, server, service, url))


def main() -> None:
    """Serve until SIGTERM."""
    with loading():  # this is where the services' code is imported
        settings = {service: load(service.settings_class()) for service in SERVICES}
        configure_logs(settings[SERVICES[0]])
        configure_tracing()
        dispatcher, apps = create_app(settings)
    config = uvicorn_config(
        dispatcher,
        host=os.environ["COMMONTIME_HOST"],
        port=int(os.environ["COMMONTIME_PORT"]),
    )
    # No balancer has to notice first: draining would only delay the stop.
    GracefulServer(config, [app.state.draining for app in apps], drain_s=0).run()
