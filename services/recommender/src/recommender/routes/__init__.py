"""The HTTP API of recommender; status codes are decided here and nowhere deeper."""

from recommender.routes import heatmap, recommendations, stream, timeline, what_if

ROUTERS = (
    recommendations.router,
    what_if.router,
    heatmap.router,
    stream.router,
    timeline.router,
)
