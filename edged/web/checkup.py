"""The health of the board: what a doctor finds who looks it over now."""

from http import HTTPStatus

from fastapi import APIRouter, Request

from edged.ops.doctor.finding import Report
from edged.ops.doctor.latest import Latest
from edged.web import problem

router = APIRouter(tags=["health"])


@router.get(
    "/health",
    summary="What is wrong, and the mend",
    responses={HTTPStatus.SERVICE_UNAVAILABLE: problem.described("Nobody can look here.")},
)
async def get_health(request: Request) -> Report:
    """Look the board over, as `edged doctor` does; takes seconds where something does not answer.

    What was found is kept for three seconds. The status is 200 whatever it is: `level` is the worst.
    """
    doctor: Latest | None = request.app.state.doctor
    if doctor is None:
        raise problem.Told(HTTPStatus.SERVICE_UNAVAILABLE, "This page cannot look. Run: edged doctor -c FILE")
    return await doctor.report()
