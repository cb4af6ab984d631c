"""Why something about webhooks cannot be done, and which problem that is."""

from chassis.application import Rejections


class Refused(Exception):
    """The docstrings of the kinds are the messages."""


class UnknownEndpoint(Refused):
    """There is no such endpoint for you."""


class UnknownDelivery(Refused):
    """There is no such delivery for you."""


class UnknownMessage(Refused):
    """There is no such message for you."""


class EndpointDisabled(Refused):
    """The endpoint is disabled: nothing is sent to it before it is enabled."""


class EndpointOfSettings(Refused):
    """The endpoint is the one of NOTIFY_URL: what it is stands in the instance's settings."""


class TooManyEndpoints(Refused):
    """There are enough endpoints already; delete one first."""


REJECTIONS: Rejections = {
    UnknownEndpoint: "not_found",
    UnknownDelivery: "not_found",
    UnknownMessage: "not_found",
    EndpointDisabled: "endpoint_disabled",
    EndpointOfSettings: "endpoint_of_settings",
    TooManyEndpoints: "too_many_endpoints",
}
