"""Metrics for Prometheus."""

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from edged.ops.metric import Family
from edged.web.view import View

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    summary="Metrics",
    response_class=PlainTextResponse,
    response_description="Prometheus' text format, or OpenMetrics where `Accept` asks for it.",
)
async def get_metrics(view: View, request: Request) -> Response:
    """Return every metric as of now; docs/metrics.md lists them. No reading of a person is among them."""
    families = view.metrics()
    text, content_type = await asyncio.to_thread(_expose, families, request.headers.get("accept", ""))
    return Response(text, headers={"content-type": content_type})


def _expose(families: Sequence[Family], accept: str) -> tuple[bytes, str]:
    from edged.ops.metrics import expose  # noqa: PLC0415  a node that nobody scrapes does without the library

    return expose(families, accept)
