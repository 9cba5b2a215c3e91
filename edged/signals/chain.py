"""A chain: the ordered steps one stream passes through."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Protocol

from edged.errors import StepError
from edged.model import Chunk, StreamInfo
from edged.signals.fit import check_fit
from edged.signals.steps import STEPS, StepConfig, WrongParameterError


class Step(Protocol):
    """A stage of a chain: stateful, causal and block-size invariant.

    However a stream is cut into chunks, the samples that come out are the same, and none depends on
    a later sample. Nothing is computed across a gap (``Quality.GAP_BEFORE``, or a jump of ``seq``),
    and a value that is not a number is held, flagged, and forgotten.
    """

    def process(self, chunk: Chunk) -> list[Chunk]:
        """Take the next chunk of the stream; return what comes out, derived streams included."""


class Chain:
    """Runs the chunks of one stream through its steps, in order.

    A step sees the stream the chain is for; what a step adds beside it (``hrv``) goes straight out.

    Args:
        info: the stream, for sampling rate and channels.
        steps: parameters of each step.

    Raises:
        StepError: a step does not fit the stream, such as a cut-off above half its rate.
    """

    def __init__(self, info: StreamInfo, steps: Sequence[StepConfig]) -> None:
        self.info = info
        self._steps = [_build(place, config, info) for place, config in enumerate(steps)]

    def process(self, chunk: Chunk) -> list[Chunk]:
        """Return the chunk as the last step leaves it, and every derived one, in the order made."""
        stream, derived = [chunk], list[Chunk]()
        for step in self._steps:
            passed = list[Chunk]()
            for piece in stream:
                for out in step.process(piece):
                    (passed if out.info.quantity == self.info.quantity else derived).append(out)
            stream = passed
        return stream + derived


def preload(steps: Sequence[StepConfig]) -> None:
    """Import what these steps need, so that the first sample does not wait for it."""
    for config in steps:
        import_module(STEPS[config.step].partition(":")[0])


def check_steps(info: StreamInfo, steps: Sequence[StepConfig]) -> None:
    """See whether steps fit a stream, without making them.

    Raises:
        StepError: one does not.
    """
    for place, config in enumerate(steps):
        with _told(place, config, info):
            check_fit(config, info)


def _build(place: int, config: StepConfig, info: StreamInfo) -> Step:
    module, _, attribute = STEPS[config.step].partition(":")
    with _told(place, config, info):
        built: Step = getattr(import_module(module), attribute)(config, info)
    return built


@contextmanager
def _told(place: int, config: StepConfig, info: StreamInfo) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        parameter = f".{error.parameter}" if isinstance(error, WrongParameterError) else ""
        raise StepError(
            str(error), stream=info.quantity, step=config.step, place=f"[{place}]{parameter}"
        ) from error
