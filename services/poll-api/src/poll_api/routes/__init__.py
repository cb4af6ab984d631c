"""The HTTP API about polls; status codes are decided here and nowhere deeper."""

from poll_api.routes import lifecycle, owning, polls
from poll_api.routes.refusing import REJECTIONS

__all__ = ["REJECTIONS", "ROUTERS"]

ROUTERS = (polls.router, lifecycle.router, owning.router)
