"""The process with all four services on one port: `python -m standalone.app`.

It expects the environment that `standalone.environment` makes.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version

import uvicorn
from fastapi import FastAPI

from chassis.application import create_service
from chassis.settings import load
from standalone.databases import prepare, wait_for_server
from standalone.dispatcher import Dispatcher
from standalone.instance import readiness_checks, router
from standalone.lifespans import together
from standalone.openapi import Document, merge
from standalone.services import SERVICES


def create_app() -> Dispatcher:
    """Assemble the services and the instance's own application."""
    settings = {service: load(service.settings_class()) for service in SERVICES}
    apps = {service.name: service.create_app(settings[service]) for service in SERVICES}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        await prepare_databases()
        async with together(apps.values()):
            yield

    instance = create_service(
        "standalone",
        settings[SERVICES[0]],
        routers=[router],
        lifespan=lifespan,
        ready=readiness_checks(apps),
    )
    instance.openapi = lambda: merged_document(apps)
    return Dispatcher(apps, instance)


def merged_document(apps: Mapping[str, FastAPI]) -> Document:
    """Return the OpenAPI document of the whole instance."""
    documents = {name: app.openapi() for name, app in apps.items()}
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
    uvicorn.run(
        create_app(),
        host=os.environ["COMMONTIME_HOST"],
        port=int(os.environ["COMMONTIME_PORT"]),
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=8,
    )


if __name__ == "__main__":
    main()
