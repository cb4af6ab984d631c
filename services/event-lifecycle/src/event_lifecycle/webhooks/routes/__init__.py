"""The HTTP API of webhooks; status codes are decided here and nowhere deeper."""

from event_lifecycle.webhooks.routes import (
    deliveries,
    endpoints,
    event_types,
    messages,
    operations,
)

ROUTERS = (
    event_types.router,
    endpoints.router,
    operations.router,
    messages.router,
    deliveries.router,
)
