"""What a chain would make of a stream, before it is applied."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field, model_validator

from edged.config.model import Name, Quantity
from edged.config.toml import check_steps
from edged.errors import ConfigError, StepError
from edged.model import Chunk
from edged.ops.document import Document
from edged.ops.newest import Superseded
from edged.ops.signals import Signals
from edged.signals.preview import Line
from edged.sources.recent import KEPT_IRREGULAR_S
from edged.web import problem
from edged.web.auth.permission import TheNote
from edged.web.view import View

router = APIRouter(tags=["signals"])

_RETRY_S: Final = "1"
MOST_STEPS: Final = 32


class PreviewBody(Document):
    """A chain, and what it is tried on: a source or a trace."""

    source: Name | None = Field(None, description="What it measures now.")
    trace: Annotated[str, Field(max_length=32)] | None = Field(
        None, description="A trace that was sent, by the name it was given."
    )
    stream: Quantity
    channel: str | None = Field(None, max_length=64, description="Of the stream; none, and it is the first.")
    chain: list[dict[str, Any]] = Field(
        max_length=MOST_STEPS, description="Steps as in the configuration, in order."
    )
    seconds: float = Field(
        10.0,
        gt=0,
        le=KEPT_IRREGULAR_S,
        description="So much is shown, s; a stream of constant rate is kept for 30 s.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.source is None) == (self.trace is None):
            raise ValueError("give a source or a trace")
        return self


class LineDocument(BaseModel):
    """One channel, to be drawn; at most 2,000 points."""

    stream: str
    channel: str
    unit: str
    t: list[float] = Field(description="Seconds, rising; the newest sample that came is at 0.")
    v: list[float | None] = Field(
        description="As many; null breaks the line: nothing was measured, or it may not be shown."
    )
    samples: int = Field(ge=0, description="How many samples the line stands for.")
    flagged: int = Field(ge=0, description="How many of them may not be shown: noise, no contact, settling.")


class PreviewDocument(BaseModel):
    """Before and after."""

    before: LineDocument
    after: list[LineDocument] = Field(description="The channel asked for first, then what the chain adds.")
    delay_s: float | None = Field(
        description="How much later the chain shows what came, s, measured here; null where it cannot be."
    )
    cost_s: float = Field(ge=0, description="Processor time for an hour of signal, s, measured here.")


@router.post(
    "/preview",
    summary="Before and after a chain",
    responses={
        HTTPStatus.NOT_FOUND: problem.described("There is no such source, trace, stream or channel."),
        HTTPStatus.UNPROCESSABLE_ENTITY: problem.described("It is wrong; ``errors`` says where and how."),
        HTTPStatus.TOO_MANY_REQUESTS: problem.described("A newer preview took its place."),
        HTTPStatus.SERVICE_UNAVAILABLE: problem.described("Nothing has come of the stream yet."),
    },
)
async def post_preview(view: View, body: PreviewBody, note: TheNote) -> PreviewDocument:
    """Run the last of a stream through a chain, by the code that the daemon runs; nothing is changed.

    One preview is computed at a time, beside the event loop. Of those that wait the newest is next; the
    others are answered 429.
    """
    note.is_read = True
    with _of_chain():
        steps = check_steps(body.chain)
        chunks = _chunks(view.signals, body)
        channel = _channel(chunks, body)
        made = await view.signals.preview(chunks, steps, seconds=body.seconds, channel=channel)
    return PreviewDocument(
        before=_line(made.before),
        after=[_line(line) for line in made.after],
        delay_s=made.delay_s,
        cost_s=made.cost_s,
    )


@contextmanager
def superseded() -> Iterator[None]:
    """Answer that something newer took the place of what was asked."""
    try:
        yield
    except Superseded as error:
        raise HTTPException(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Something newer was asked for meanwhile, and takes its place. Ask again.",
            headers={"Retry-After": _RETRY_S},
        ) from error


@contextmanager
def _of_chain() -> Iterator[None]:
    """Answer what is wrong with a chain, at its place in it."""
    with superseded():
        try:
            yield
        except StepError as error:
            raise _wrong(f"chain{error.place}", f"{error.what}.", error) from error
        except ConfigError as error:
            mend = f"{error.what}. {error.mend}".strip()
            raise _wrong(re.sub("^steps", "chain", error.key), mend, error) from error
        except LookupError as error:
            raise problem.told_missing(error) from error


def _wrong(key: str, detail: str, error: ConfigError) -> problem.Told:
    if "_" not in detail.split(maxsplit=1)[0]:  # the name of a parameter stays as it is
        detail = f"{detail[:1].upper()}{detail[1:]}"
    mistake = problem.Mistake(pointer=problem.pointer(key), detail=detail)
    return problem.Told(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), [mistake])


def _chunks(signals: Signals, body: PreviewBody) -> Sequence[Chunk]:
    if body.source is None:
        return signals.chunks_of_trace(body.trace or "", body.stream)
    chunks = signals.chunks(body.source, body.stream)
    if not chunks:
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"Nothing has come of {body.stream} of {body.source} yet. See that the device is on and worn.",
            headers={"Retry-After": _RETRY_S},
        )
    return chunks


def _channel(chunks: Sequence[Chunk], body: PreviewBody) -> int:
    channels = chunks[0].info.channels
    if body.channel is None:
        return 0
    if body.channel not in channels:
        known = ", ".join(channels)
        raise LookupError(f"there is no channel {body.channel} of {body.stream}; it has {known}")
    return channels.index(body.channel)


def _line(line: Line) -> LineDocument:
    return LineDocument(
        stream=line.quantity,
        channel=line.channel,
        unit=line.unit,
        t=line.times_s,
        v=line.values,
        samples=line.samples,
        flagged=line.flagged,
    )
