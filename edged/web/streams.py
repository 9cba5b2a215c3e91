"""What there is to process: sources, their streams, and the chain that holds for each."""

from collections.abc import Sequence

from fastapi import APIRouter
from pydantic import BaseModel, Field

from edged.config.model import SourceConfig
from edged.model import NS_PER_S, Chunk, StreamInfo
from edged.ops.signals import Feed
from edged.signals.preview import unit_of
from edged.signals.steps import AnyStep
from edged.sources.recent import kept_s
from edged.web.view import View

router = APIRouter(tags=["signals"])


class ChannelDocument(BaseModel):
    """One channel of a stream."""

    label: str
    unit: str = Field(description="UCUM where there is one.")


class StreamDocument(BaseModel):
    """One stream."""

    quantity: str = Field(description="What is measured: ecg, rr_interval ...")
    rate_hz: float = Field(ge=0, description="Nominal sampling rate, Hz; 0 for a stream without one.")
    channels: list[ChannelDocument]
    steps: list[AnyStep] = Field(description="The chain that holds, in order, with every default.")
    is_configured: bool = Field(description="Whether the configuration gives it; else it is the default.")
    kept_s: float = Field(ge=0, description="How much of what came is kept at the moment, s.")
    longest_s: float = Field(gt=0, description="Most that is kept, s.")


class SourceStreams(BaseModel):
    """A source with its streams."""

    source: str
    subject: str | None = Field(description="Whom it measures.")
    streams: list[StreamDocument] = Field(description="Those known by now; none before it was connected.")


class StreamsDocument(BaseModel):
    """All of them."""

    sources: list[SourceStreams] = Field(description="In the order of the configuration.")


@router.get("/streams", summary="Streams and their chains")
async def get_streams(view: View) -> StreamsDocument:
    """Return the sources, their streams as their decoders know them, and the chain of each."""
    return StreamsDocument(sources=[_source(feed) for feed in view.signals.feeds()])


def stream_document(
    info: StreamInfo, chunks: Sequence[Chunk], steps: Sequence[AnyStep] = (), *, is_configured: bool = False
) -> StreamDocument:
    """Return a stream as it is told of.

    Args:
        info: what it is.
        chunks: what is kept of it.
        steps: the chain that holds for it.
        is_configured: whether the configuration gives that.
    """
    span_ns = int(chunks[-1].times_ns[-1] - chunks[0].times_ns[0]) if chunks else 0
    return StreamDocument(
        quantity=info.quantity,
        rate_hz=info.rate_hz,
        channels=[
            ChannelDocument(label=label, unit=unit_of(info, n)) for n, label in enumerate(info.channels)
        ],
        steps=list(steps),
        kept_s=span_ns / NS_PER_S,
        longest_s=kept_s(info),
        is_configured=is_configured,
    )


def _source(feed: Feed) -> SourceStreams:
    config = feed.config
    streams = [
        stream_document(
            info,
            feed.recent.chunks(info.quantity),
            config.steps_for(info.quantity),
            is_configured=_is_configured(config, info),
        )
        for info in feed.streams
    ]
    return SourceStreams(source=config.name, subject=config.subject, streams=streams)


def _is_configured(config: SourceConfig, info: StreamInfo) -> bool:
    return any(chain.stream == info.quantity for chain in config.chain)
