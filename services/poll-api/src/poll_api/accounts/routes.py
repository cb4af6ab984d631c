"""The HTTP API of accounts; status codes are decided in its routes and nowhere deeper."""

from poll_api.accounts import account_routes, key_routes, session_routes, token_routes

ROUTERS = (account_routes.router, token_routes.router, session_routes.router, key_routes.router)
