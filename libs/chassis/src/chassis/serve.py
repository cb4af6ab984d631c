"""The command line of a service: `python -m <service> [serve|migrate|openapi|…]`."""

import asyncio
import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import psycopg
import structlog
from fastapi import FastAPI

from chassis.graceful_server import GracefulServer, uvicorn_config
from chassis.logs import configure_logs
from chassis.migrations import BadMigrations, migrate
from chassis.settings import ServiceSettings, load, placeholder
from chassis.tracing import configure_tracing
from chassis.zones import use_locked_rules

Settings = TypeVar("Settings", bound=ServiceSettings)
Command = Callable[[Settings, Sequence[str]], Awaitable[None]]
"""A command of the service's own: its settings and the words after its name."""

_NO_COMMANDS: Mapping[str, Command[ServiceSettings]] = MappingProxyType({})
_log: structlog.stdlib.BoundLogger = structlog.get_logger()


def main(
    service: str,
    settings_class: type[Settings],
    create_app: Callable[[Settings], FastAPI],
    folders: Sequence[Path],
    *,
    commands: Mapping[str, Command[Settings]] = _NO_COMMANDS,
) -> None:
    """Run what the command line says; `serve` is the default.

    `folders` are the service's migrations in order; `commands` adds to the command line, like
    `rebuild` and `republish`.
    """
    arguments = _parser(service, commands).parse_args()
    use_locked_rules()
    if arguments.command == "openapi":
        document = create_app(placeholder(settings_class)).openapi()
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return
    settings = load(settings_class)
    configure_logs(settings)
    if arguments.command == "migrate":
        _migrate(settings, folders)
    elif arguments.command == "serve":
        configure_tracing()
        _serve(create_app(settings), arguments)
    else:
        asyncio.run(_as_coroutine(commands[arguments.command](settings, arguments.words)))


def _parser(service: str, commands: Mapping[str, Command[Settings]]) -> ArgumentParser:
    parser = ArgumentParser(prog=f"python -m {service.replace('-', '_')}")
    parser.add_argument(
        "command",
        nargs="?",
        default="serve",
        choices=["serve", "migrate", "openapi", *commands],
        help="serve: answer HTTP (default); migrate: bring the database up to date; "
        "openapi: print the API's description",
    )
    parser.add_argument("words", nargs="*", help="what the command needs, e.g. a key")
    parser.add_argument(
        "--host", default=os.environ.get("SERVICE_HOST", "127.0.0.1"), help="or SERVICE_HOST"
    )
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("SERVICE_PORT", "8000"),
        help="or SERVICE_PORT; 0 takes a free one",
    )
    return parser


def _serve(app: FastAPI, arguments: Namespace) -> None:
    config = uvicorn_config(app, host=arguments.host, port=arguments.port)
    GracefulServer(config, [app.state.draining]).run()


def _migrate(settings: ServiceSettings, folders: Sequence[Path]) -> None:
    try:
        url = settings.migration_database_url or settings.database_url
        applied = migrate(url.get_secret_value(), *folders)
    except (BadMigrations, psycopg.OperationalError) as error:
        raise SystemExit(f"Migrations: {error}") from None
    _log.info("database is up to date", applied=applied)


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable
