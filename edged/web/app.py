"""The web application: its routes, and what stands around every one of them."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from edged import __version__
from edged.access.gate import Gate, Locked
from edged.access.role import Permission
from edged.ops.bundle.bundler import Bundler
from edged.ops.control import Control
from edged.ops.desk import Desk
from edged.ops.doctor.latest import Latest
from edged.ops.log_ring import RECENT, LogRing
from edged.ops.status import NodeView
from edged.web import (
    bundle,
    checkup,
    configuration,
    delivery,
    delivery_test,
    draft,
    health,
    live,
    logs,
    metrics,
    network,
    pages,
    preview,
    problem,
    scan,
    sources,
    status,
    streams,
    traces,
)
from edged.web.auth import accounts, audit, session, tokens
from edged.web.auth.names import Names
from edged.web.auth.permission import requires
from edged.web.guard import Guard

API: Final = "/api/v1"

ROUTERS: Final = (
    (status.router, Permission.SEE),
    (live.router, Permission.SEE),
    (checkup.router, Permission.SEE),
    (logs.router, Permission.SEE),
    (delivery.router, Permission.SEE),
    (delivery_test.router, Permission.CONFIGURE),
    (network.router, Permission.SEE),
    (bundle.router, Permission.CONFIGURE),
    (configuration.router, Permission.SEE),
    (configuration.changes, Permission.CONFIGURE),
    (streams.router, Permission.SEE),
    (preview.router, Permission.CONFIGURE),
    (traces.router, Permission.CONFIGURE),
    (scan.router, Permission.SEE),
    (scan.actions, Permission.ASSIGN),
    (sources.router, Permission.SEE),
    (sources.actions, Permission.ASSIGN),
    (draft.router, Permission.CONFIGURE),
)
"""What it takes to ask for anything of a router."""


def create_app(
    view: NodeView,
    control: Control | None = None,
    doctor: Latest | None = None,
    recent: LogRing = RECENT,
    gate: Gate | Locked | None = None,
    names: Sequence[str] = (),
    desk: Desk | None = None,
) -> FastAPI:
    """Return the application.

    Args:
        view: the node that it shows.
        control: changes it; None, and nothing can be changed.
        doctor: looks the board over; None, and nobody does.
        recent: the last messages of the log.
        gate: who belongs; None where there are no accounts: then only this machine is answered.
        names: by which the page may be asked, beside addresses and the machine's own.
        desk: whom to ask for more than the status; None, and nobody knows more.
    """
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
    app.state.control = control
    app.state.doctor = doctor
    app.state.recent = recent
    app.state.gate = gate
    app.state.desk = desk
    app.state.bundler = Bundler(view, desk, recent, control, doctor) if desk else None
    app.state.audience = live.Audience(view)
    problem.install(app)
    for router, permission in ROUTERS:
        app.include_router(router, prefix=API, dependencies=requires(permission))
    for router in (session.router, accounts.router, tokens.router, audit.router):
        app.include_router(router, prefix=API)
    app.include_router(health.router)
    app.include_router(metrics.router, dependencies=requires(Permission.SEE))
    app.include_router(pages.router)
    app.add_middleware(Guard, stats=view.web_stats, gate=gate, names=Names(names))
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the API's description, with what OpenAPI has no place for: the WebSocket's messages."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        document["components"]["schemas"].update(live.schemas())
        app.openapi_schema = document
    return app.openapi_schema
