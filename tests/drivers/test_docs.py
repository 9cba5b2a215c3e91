"""docs/drivers.md: every driver and option is in it, and its example is a decoder that works."""

import re
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest

from edged.clock import ManualClock
from edged.errors import DriverError
from edged.model import NS_PER_S, Chunk, Packet, Quality
from edged.sources.decoder import DECODERS, Decoded, Decoder, make_decoder
from edged.sources.link import LINKS, LinkContext, open_link
from tests.conformance.decoders import DecoderConformance
from tests.conformance.links import no_wait

DOCS = (Path(__file__).parents[2] / "docs" / "drivers.md").read_text()
EXAMPLE = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)[0]


def example() -> ModuleType:
    module = ModuleType("thermometer")
    exec(EXAMPLE, vars(module))  # noqa: S102  the documentation is to run as it is printed
    return module


@pytest.mark.parametrize("scheme", LINKS)
def test_every_link_has_its_row(scheme: str) -> None:
    assert re.search(rf"^\| `{scheme}:[^|]*\| \S[^|]*\| \S", DOCS, re.MULTILINE)


@pytest.mark.parametrize("name", DECODERS)
def test_every_decoder_has_its_row_with_its_streams(name: str) -> None:
    row = re.search(rf"^\| `{name}` \|.*$", DOCS, re.MULTILINE)
    assert row
    for info in make_decoder(name).streams():
        assert f"`{info.quantity}` ({info.unit})" in row[0]


@pytest.mark.parametrize("url", ["ble:A*", "sim:resting", "replay:t.jsonl", "serial:/dev/x"])
def test_every_option_is_described(url: str) -> None:
    with pytest.raises(DriverError) as refused:
        open_link(f"{url}?never_heard_of=1", LinkContext(ManualClock(), no_wait))
    options = refused.value.mend.removeprefix("Known: ").removesuffix(".").split(", ")
    assert options
    for option in options:
        assert f"`{option}`" in DOCS


def test_the_example_is_as_short_as_its_title_says() -> None:
    assert len(EXAMPLE.splitlines()) <= 40


def test_the_example_decodes() -> None:
    module = example()
    decoder: Decoder = module.ThermometerDecoder()
    assert decoder.start() == [Packet(module.CHANNEL, b"\x01")]
    assert decoder.feed(Packet(module.CHANNEL, b"\x42\x0e", NS_PER_S)) == Decoded(
        (Chunk.of(module.SKIN, 0, [NS_PER_S], [36.5]),)
    )
    none_yet = decoder.feed(Packet(module.CHANNEL, b"\x00\x80", 2 * NS_PER_S)).chunks[0]
    assert (none_yet.seq, none_yet.quality.tolist()) == (1, [Quality.NO_READING])


class TestExample(DecoderConformance):
    name: ClassVar[str] = "the example of docs/drivers.md"
    good: ClassVar = (Packet("0000fee1-0000-1000-8000-00805f9b34fb", b"\x42\x0e"),)

    def make(self) -> Decoder:
        decoder: Decoder = example().ThermometerDecoder()
        return decoder
