"""The HTTP API of recommender; status codes are decided here and nowhere deeper."""

from recommender.routes import recommendations

ROUTERS = (recommendations.router,)
