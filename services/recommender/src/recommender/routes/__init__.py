"""The HTTP API of recommender; status codes are decided here and nowhere deeper."""

from recommender.routes import changes, heatmap, recommendations, stream, timeline, what_if

ROUTERS = (
    recommendations.router,
    changes.router,
    what_if.router,
    heatmap.router,
    stream.router,
    timeline.router,
)
