"""Writes the page of all settings from the classes that read them: `docs/settings.md`."""

import sys
from collections.abc import Iterable

from chassis.limit_settings import LimitSettings
from chassis.settings import ServiceSettings, Variable, variables
from standalone.services import SERVICES
from standalone.settings import Settings

_PREFACE = """\
# Settings

Every setting is an environment variable. `<VARIABLE>_FILE` names a file that holds the value
instead, which is meant for secrets. A wrong or missing value stops the start with one sentence.
This page is written from the code by `make contracts`.

`make up` sets everything itself; what the first table lists changes its ways. The other tables
matter where the services run on their own.
"""

_LIMITS = """\
Each replica of each service counts requests by itself, in memory. The defaults let a class of 300
phones behind one address, all with the same link, open a poll in the same second, and each ask
every service for several things every five seconds from then on.
"""

_OF_TRACES = (
    Variable(
        "OTEL_TRACES_EXPORTER",
        "none",
        "`otlp` sends spans to a collector over HTTP, `console` prints them",
    ),
    Variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318", "Where the collector listens"),
    Variable(
        "OTEL_SERVICE_NAME",
        "",
        "What the spans of the whole process are to be called; by default each service's own name",
    ),
    Variable(
        "OTEL_RESOURCE_ATTRIBUTES",
        "",
        "What else every span says, as `deployment.environment.name=prod`",
    ),
    Variable(
        "OTEL_TRACES_SAMPLER",
        "parentbased_always_on",
        "Which are recorded: `parentbased_traceidratio` with `OTEL_TRACES_SAMPLER_ARG=0.1` takes a "
        "tenth of those that no caller has decided on",
    ),
)

_TRACES = """\
These are OpenTelemetry's own variables; whatever else its SDK reads is read, too. A caller's
`traceparent` says whether a trace is recorded, and with `parentbased_…` is believed: anybody can
have their own requests recorded. `traceidratio` decides by itself.

A timer that fires begins a trace of its own, linked to the one in which it was set: one may be
recorded without the other. A span has up to 1000 links, or `OTEL_SPAN_LINK_COUNT_LIMIT`.
"""
_OF_EACH_SERVICE = {"DATABASE_URL", "MIGRATION_DATABASE_URL"}


def page() -> str:
    """Return the page in Markdown."""
    shared = {variable.name for variable in variables(ServiceSettings)} - _OF_EACH_SERVICE
    limits = {variable.name for variable in variables(LimitSettings)}
    parts = [
        _PREFACE,
        _section("One machine (`commontime up`)", variables(Settings)),
        _section(
            "Every service", (v for v in variables(ServiceSettings) if v.name in shared - limits)
        ),
        _section("Limits of every service", variables(LimitSettings)),
        _LIMITS,
    ]
    for service in SERVICES:
        own = (v for v in variables(service.settings_class()) if v.name not in shared)
        parts.append(_section(f"`{service.name}`", own))
    parts += [_section("Traces", _OF_TRACES), _TRACES]
    return "\n".join(parts)


def _section(title: str, listed: Iterable[Variable]) -> str:
    rows = "\n".join(_row(variable) for variable in listed)
    return f"## {title}\n\n| Variable | Default | |\n| --- | --- | --- |\n{rows}\n"


def _row(variable: Variable) -> str:
    default = "required" if variable.default is None else f"`{variable.default}`"
    default = "" if variable.default == "" else default
    description = variable.description.replace("|", "\\|")
    return f"| `{variable.name}` | {default} | {description} |"


if __name__ == "__main__":
    sys.stdout.write(page())
