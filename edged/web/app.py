"""The web application: its routes, and what stands around every one of them."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from edged import __version__
from edged.ops.status import NodeView
from edged.web import health, live, pages, problem, status
from edged.web.guard import Guard

API: Final = "/api/v1"


def create_app(view: NodeView) -> FastAPI:
    """Return the application that shows ``view``."""
    app = FastAPI(
        title="edged",
        version=__version__,
        summary="What a node says of itself.",
        openapi_url=f"{API}/openapi.json",
        # Their pages load scripts from other people's servers.
        docs_url=None,
        redoc_url=None,
        responses=problem.RESPONSES,
    )
    app.state.view = view
    app.state.audience = live.Audience()
    problem.install(app)
    app.include_router(status.router, prefix=API)
    app.include_router(live.router, prefix=API)
    app.include_router(health.router)
    app.include_router(pages.router)
    app.add_middleware(Guard)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the API's description, with what OpenAPI has no place for: the WebSocket's messages."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        document["components"]["schemas"].update(live.schemas())
        app.openapi_schema = document
    return app.openapi_schema
