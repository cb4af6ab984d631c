"""The HTTP API of webhooks; status codes are decided here and nowhere deeper."""

from event_lifecycle.webhooks.routes import deliveries, endpoints, operations

ROUTERS = (endpoints.router, operations.router, deliveries.router)
