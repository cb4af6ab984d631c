"""The page `/docs`: Swagger UI over `/openapi.json`, out of a package and not from another host."""

from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from chassis.problems import Problem

_OURS, _SWAGGER_UI = files(__name__), files("fastapi_offline") / "static"
_ASSETS = {
    "docs.js": _OURS,
    "swagger-ui.css": _SWAGGER_UI,
    "swagger-ui-bundle.js": _SWAGGER_UI,
    "favicon.png": _SWAGGER_UI,
}
_POLICY = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; frame-ancestors 'none'"
}

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> Response:
    """The page itself."""
    return FileResponse(str(_OURS / "docs.html"), headers=_POLICY)


@router.get("/docs/{name}")
async def asset(name: str) -> Response:
    """A file of Swagger UI."""
    if name not in _ASSETS:
        raise Problem("not_found")
    return FileResponse(str(_ASSETS[name] / name))
