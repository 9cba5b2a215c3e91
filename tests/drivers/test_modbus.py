import struct
from math import isnan, nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadInputRegistersRequest, ReadInputRegistersResponse

from drivers.decoders.modbus.decoder import ModbusDecoder
from drivers.decoders.modbus.plan import questions
from drivers.decoders.modbus.register_map import SCD30, Register, RegisterMap, Setting
from drivers.decoders.modbus.rtu import Answer, AnswerFinder, Function, Request, crc16
from edged.errors import DriverError
from edged.model import NS_PER_MS, NS_PER_S, Packet, Quality
from edged.sources.decoder import Decoded, make_decoder
from tests.conformance.decoders import Told, feed
from tests.traces.instruments import modbus_frame

MS = NS_PER_MS
# The examples of Sensirion's interface description.
START = bytes.fromhex("61 06 00 36 00 00 60 64")
IS_READY = bytes.fromhex("61 03 00 27 00 01 3d a1")
READY = bytes.fromhex("61 03 02 00 01 f9 8c")
READ = bytes.fromhex("61 03 00 28 00 06 4c 60")
VALUES = bytes.fromhex("61 03 0c 43 db 8c 2e 41 d9 e7 ff 42 43 3a 1b 50 07")

MAP = """
device = 5
timeout_ms = 100
[[register]]
quantity = "speed"
unit = "/min"
address = 16
kind = "input"
type = "i16"
scale = 0.1
offset = -5
period_s = 1
no_reading = [-32768]
[[register]]
quantity = "energy"
unit = "kJ"
address = 17
kind = "input"
type = "u32"
words = "little"
period_s = 1
[[register]]
quantity = "door"
unit = "1"
address = 3
kind = "coil"
period_s = 5
[[register]]
quantity = "level"
unit = "%"
address = 40
"""


class Line:
    """A line with a decoder that is woken in time."""

    def __init__(self, decoder: ModbusDecoder) -> None:
        self.decoder = decoder
        self.now_ns = NS_PER_S
        self.told = Told()
        decoder.start()

    def run(self, seconds: float) -> list[bytes]:
        """Let time pass; return what was asked."""
        asked: list[bytes] = []
        until_ns = self.now_ns + round(seconds * NS_PER_S)
        while (due_ns := self.decoder.due_ns()) is not None and due_ns <= until_ns:
            self.now_ns = max(self.now_ns, due_ns)
            asked += self._note(self.decoder.wake(self.now_ns))
            self.now_ns += MS
        self.now_ns = max(self.now_ns, until_ns)
        return asked

    def answer(self, data: bytes) -> None:
        self._note(self.decoder.feed(Packet("serial", data, self.now_ns)))

    def values(self) -> list[tuple[str, float]]:
        return [(chunk.info.quantity, chunk.values[0, 0]) for chunk in self.told.chunks]

    def _note(self, decoded: Decoded) -> list[bytes]:
        self.told.chunks += decoded.chunks
        self.told.faults += decoded.faults
        self.told.commands += decoded.commands
        return [packet.data for packet in decoded.commands]


def made(tmp_path: Path, text: str = MAP) -> ModbusDecoder:
    path = tmp_path / "map.toml"
    path.write_text(text)
    return ModbusDecoder(map=str(path))


def test_the_checksum_is_that_of_the_catalogue() -> None:
    assert crc16(b"123456789") == 0x4B37


@pytest.mark.parametrize(
    ("request_", "encoded", "begins", "size"),
    [
        (Request(0x61, Function.READ_HOLDING_REGISTERS, 0x28, 6), READ, VALUES[:3], 17),
        (Request(0x61, Function.WRITE_SINGLE_REGISTER, 0x36, 0), START, START[:6], 8),
        # Application protocol, section 6.1: coils 20 to 38 of a device at address 17.
        (Request(17, Function.READ_COILS, 19, 19), modbus_frame("11 01 00 13 00 13"), b"\x11\x01\x03", 8),
    ],
)
def test_a_request_is_encoded_as_specified(
    request_: Request, encoded: bytes, begins: bytes, size: int
) -> None:
    assert request_.encode() == encoded
    assert (request_.answer_begins, request_.answer_size) == (begins, size)


@pytest.mark.parametrize(
    ("register", "data", "expected"),
    [
        (Register("a", "1", 0, Function.READ_INPUT_REGISTERS, ">H"), "ff fe", 65534),
        (Register("a", "1", 0, Function.READ_INPUT_REGISTERS, ">h", scale=0.5, offset=1), "ff fe", 0),
        (Register("a", "1", 0, Function.READ_INPUT_REGISTERS, ">I"), "00 01 00 02", 65538),
        (Register("a", "1", 0, Function.READ_INPUT_REGISTERS, ">I", "little"), "00 02 00 01", 65538),
        (Register("a", "1", 0, Function.READ_INPUT_REGISTERS, ">i"), "ff ff ff ff", -1),
        (Register("a", "1", 0, Function.READ_INPUT_REGISTERS, ">f"), "3f 80 00 00", 1),
        (Register("a", "1", 0, Function.READ_INPUT_REGISTERS, ">f", "little"), "00 00 3f 80", 1),
        (Register("a", "1", 0, Function.READ_INPUT_REGISTERS, ">f"), "7f c0 00 00", None),
        (Register("a", "1", 0, Function.READ_INPUT_REGISTERS, ">f"), "7f 80 00 00", None),
        (Register("a", "1", 0, Function.READ_INPUT_REGISTERS, no_reading=(65535,)), "ff ff", None),
        (Register("a", "1", 0, Function.READ_COILS, ""), "01", 1),
    ],
)
def test_a_register_has_its_value(register: Register, data: str, expected: float | None) -> None:
    assert register.value(bytes.fromhex(data), 0) == expected


@given(
    device=st.integers(1, 247),
    register=st.integers(0, 65535),
    words=st.lists(st.integers(0, 65535), min_size=1),
)
def test_another_implementation_says_the_same(device: int, register: int, words: list[int]) -> None:
    framer = FramerRTU(DecodePDU(is_server=False))
    words = words[:125]
    question = Request(device, Function.READ_INPUT_REGISTERS, register, len(words))
    asked = ReadInputRegistersRequest(dev_id=device, address=register, count=len(words))
    assert question.encode() == framer.buildFrame(asked)
    answer = framer.buildFrame(ReadInputRegistersResponse(dev_id=device, registers=words))
    assert list(AnswerFinder([question]).feed(answer)) == [
        Answer(question.answer_begins, b"".join(word.to_bytes(2, "big") for word in words))
    ]


def test_an_scd30_is_started_then_asked_when_it_is_ready() -> None:
    line = Line(ModbusDecoder())
    assert line.run(0.01) == [START]
    line.answer(START)
    assert line.run(0.1) == [IS_READY]
    line.answer(modbus_frame("61 03 02 00 00"))
    assert line.run(0.2) == []
    assert line.run(0.1) == [IS_READY]
    line.answer(READY)
    assert line.run(0.1) == [READ]
    line.answer(VALUES)
    assert [quantity for quantity, _ in line.values()] == ["co2", "temperature", "humidity"]
    assert [value for _, value in line.values()] == pytest.approx([439.095, 27.238, 48.807], abs=1e-3)
    assert line.run(1.5) == []
    assert line.run(0.6) == [IS_READY]
    assert line.told.faults == []


def test_a_co2_of_zero_and_what_is_not_a_number_are_no_readings() -> None:
    answer = modbus_frame(f"61 03 0c {struct.pack('>fff', 0, nan, 50).hex()}")
    chunks = ModbusDecoder().feed(Packet("serial", answer, 7)).chunks
    assert [isnan(chunk.values[0, 0]) for chunk in chunks] == [True, True, False]
    assert [chunk.quality.tolist() for chunk in chunks] == [[Quality.NO_READING], [Quality.NO_READING], [0]]
    assert [chunk.times_ns.tolist() for chunk in chunks] == [[7]] * 3


def test_a_device_that_does_not_answer_is_asked_again_and_told_once() -> None:
    line = Line(ModbusDecoder(address="7"))
    asked = line.run(10)
    start = modbus_frame("07 06 00 36 00 00")
    assert asked[:3] == [start] * 3
    assert set(asked[3:]) == {modbus_frame("07 03 00 27 00 01")}
    assert 15 < len(asked) < 21
    assert line.told.faults == [
        "register 54: no answer from address 7 within 500 ms; check wiring, address and baud rate"
    ]


def test_noise_for_answers_asks_for_another_rate() -> None:
    line = Line(ModbusDecoder())
    for _ in range(2):
        line.run(0.01)
        line.answer(b"\xff\x00\xf8")
        line.run(0.52)
    assert Packet("line", b"next baud") not in line.told.commands
    line.answer(b"\xff\x00\xf8")
    line.run(0.52)
    assert line.told.commands.count(Packet("line", b"next baud")) == 1
    assert line.told.faults[1] == "3 bytes that are no answer: noise, or a wrong rate or parity"


@pytest.mark.parametrize(
    ("code", "words", "again_s"),
    [(6, "server device busy", 0.25), (2, "illegal data address", 60), (0x55, "exception 85", 0.25)],
)
def test_an_exception_is_told_in_words(code: int, words: str, again_s: float) -> None:
    line = Line(ModbusDecoder())
    line.run(0.01)
    line.answer(START)
    line.run(0.05)
    line.answer(READY)
    assert line.run(0.05) == [READ]
    line.answer(modbus_frame(f"61 83 {code:02x}"))
    assert line.told.faults == [f"register 40 (co2, temperature, humidity): {words}"]
    asked = line.run(again_s * 0.9)
    assert READ not in asked
    assert (asked == []) == (again_s == 60 or code != 2)


def test_registers_side_by_side_are_one_question(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(MAP)
    assert [each.request for each in questions(RegisterMap.load(str(path)))] == [
        Request(5, Function.READ_COILS, 3, 1),
        Request(5, Function.READ_HOLDING_REGISTERS, 40, 1),
        Request(5, Function.READ_INPUT_REGISTERS, 16, 3),
    ]


def test_one_question_at_a_time_each_in_its_period(tmp_path: Path) -> None:
    line = Line(made(tmp_path))
    coil, level, inputs = (
        modbus_frame(f"05 {text}") for text in ("01 00 03 00 01", "03 00 28 00 01", "04 00 10 00 03")
    )
    answers = {
        coil: modbus_frame("05 01 01 01"),
        level: modbus_frame("05 03 02 00 63"),
        inputs: modbus_frame("05 04 06 00 64 00 02 00 01"),
    }
    asked: list[bytes] = []
    for _ in range(190):
        for question in line.run(0.05):
            asked.append(question)
            line.answer(answers[question])
    assert [asked.count(question) for question in (coil, level, inputs)] == [2, 5, 10]
    assert line.values()[:4] == [("door", 1), ("level", 99), ("speed", 5), ("energy", 65538)]
    assert line.told.faults == []


ALIKE = """
device = 5
timeout_ms = 100
[[register]]
quantity = "one"
unit = "1"
address = 1
[[register]]
quantity = "nine"
unit = "1"
address = 9
"""


def test_an_answer_that_comes_late_is_not_taken_for_that_of_the_next_question(tmp_path: Path) -> None:
    line = Line(made(tmp_path, ALIKE))
    assert line.run(0.01) == [modbus_frame("05 03 00 01 00 01")]
    assert line.run(0.15) == []  # given up; and nothing is asked while its answer may still come
    line.answer(modbus_frame("05 03 02 00 01"))
    assert line.values() == []
    assert line.told.faults[-1].startswith("an answer to one of several questions")
    assert line.run(0.1) == [modbus_frame("05 03 00 09 00 01")]
    line.answer(modbus_frame("05 03 02 00 09"))
    assert line.values() == [("nine", 9)]


FINDER_REQUESTS = [
    Request(0x61, Function.READ_HOLDING_REGISTERS, 0x27, 1),
    Request(0x61, Function.READ_HOLDING_REGISTERS, 0x28, 6),
]


@given(junk=st.binary(max_size=40), tail=st.binary(max_size=3))
def test_behind_any_junk_an_answer_is_found(junk: bytes, tail: bytes) -> None:
    finder = AnswerFinder(FINDER_REQUESTS)
    told = [part for part in finder.feed(junk + VALUES * 2 + tail) if isinstance(part, Answer)]
    assert Answer(VALUES[:3], VALUES[3:-2]) in told


@given(bit=st.integers(0, 8 * 17 - 1))
def test_an_answer_with_a_bit_turned_is_none(bit: int) -> None:
    damaged = bytearray(VALUES)
    damaged[bit // 8] ^= 1 << bit % 8
    assert not [
        part for part in AnswerFinder(FINDER_REQUESTS).feed(bytes(damaged)) if isinstance(part, Answer)
    ]


def test_an_answer_cut_off_does_not_spoil_the_next_one() -> None:
    decoder = ModbusDecoder()
    decoder.feed(Packet("serial", VALUES[:9], NS_PER_S))
    told = decoder.feed(Packet("serial", VALUES, 2 * NS_PER_S))
    assert len(told.chunks) == 3
    assert told.faults == ("9 bytes that are no answer: noise, or a wrong rate or parity",)


def test_a_connection_forgets_what_was_cut_off() -> None:
    decoder = ModbusDecoder()
    decoder.feed(Packet("serial", b"\xff" + VALUES[:9], NS_PER_S))
    decoder.start()
    told = decoder.feed(Packet("serial", VALUES, NS_PER_S))
    assert (len(told.chunks), told.faults) == (3, ())


def test_an_answer_that_was_damaged_is_told() -> None:
    damaged = VALUES[:5] + b"\x55" + VALUES[6:]
    told = ModbusDecoder().feed(Packet("serial", damaged + VALUES, NS_PER_S))
    assert len(told.chunks) == 3
    assert told.faults == ("17 bytes that are no answer: a wrong checksum",)


@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=30))
def test_how_it_is_cut_changes_nothing(sizes: list[int]) -> None:
    data = (
        START + READY + IS_READY + VALUES + b"\x61\x03\x0c" + VALUES + modbus_frame("61 83 06") + VALUES[:4]
    )

    def told(cuts: list[int]) -> Told:
        packets, at = [], 0
        for size in cuts:
            packets.append(Packet("serial", data[at : at + size], 5))
            at += size
        return feed(ModbusDecoder(), [*packets, Packet("serial", data[at:], 5)])

    assert told(sizes) == told([])


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("device = 5", "device = 0", "the map: device is 0"),
        ("device = 5", "", "the map: device is None"),
        ("device = 5", "device = 5\nbaud = 9600", "the map: unknown field 'baud'"),
        ('type = "i16"', 'type = "i64"', "register speed: type is 'i64'"),
        ('kind = "coil"', 'kind = "coil"\ntype = "u16"', "register door: unknown field 'type'"),
        ('quantity = "door"', 'quantity = "level"', "the quantity level is there twice"),
        ('quantity = "door"', 'quantity = "Door!"', "register Door!: quantity is 'Door!'"),
        ("address = 17", "address = 65535", "energy: it ends behind the last register, 65535"),
        ("scale = 0.1", "scale = nan", "register speed: scale is nan"),
        ("scale = 0.1", "scale = [", "the register map is not TOML"),
        ("no_reading = [-32768]", "no_reading = true", "register speed: no_reading is True"),
    ],
)
def test_a_map_that_cannot_be_used_is_refused(tmp_path: Path, old: str, new: str, wrong: str) -> None:
    assert old in MAP
    with pytest.raises(DriverError) as refused:
        made(tmp_path, MAP.replace(old, new))
    assert refused.value.what.startswith(wrong)
    assert refused.value.where == str(tmp_path / "map.toml")


@pytest.mark.parametrize("text", ["device=scd41", "map=/none/there", "map=x&device=scd30", "address=248"])
def test_an_option_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(DriverError):
        make_decoder(f"modbus?{text}")


def test_the_map_that_is_shown_is_that_of_an_scd30(tmp_path: Path) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "drivers.md").read_text()
    text = docs.split("```toml\ndevice = 97")[1].split("```")[0]
    (tmp_path / "map.toml").write_text(f"device = 97{text}")
    shown = RegisterMap.load(str(tmp_path / "map.toml"))
    assert (shown.device, shown.writes, shown.ready) == (0x61, (Setting(0x36, 0),), Setting(0x27, 1))
    assert shown.registers[0] == SCD30.registers[0]
