"""What a Cyton, a BITalino, an SCD30 and a DGT board send; it shares nothing with the decoders."""

import struct
from collections.abc import Iterator, Sequence
from math import sin

Told = list[tuple[float, str, bytes]]
PIECES = ".PRNBKQprnbkq"
START = "rnbqkbnrpppppppp" + "." * 32 + "PPPPPPPPRNBQKBNR"
BANNER = b"OpenBCI V3 8-16 channel\r\nOn Board ADS1299 Device ID: 0x3E\r\nLIS3DH Device ID: 0x33\r\n"


def pieces(data: bytes, size: int, began_s: float, bytes_a_second: float) -> Told:
    """Cut bytes into pieces that come as fast as the line is."""
    cuts = range(0, len(data), size)
    return [(began_s + (at + size) / bytes_a_second, "serial", data[at : at + size]) for at in cuts]


def cyton_packet(
    number: int, counts: Sequence[int], aux: tuple[int, int, int] = (0, 0, 0), footer: int = 0xC0
) -> bytes:
    """Encode a sample of eight channels."""
    data = bytes((0xA0, number % 256)) + b"".join(count.to_bytes(3, "big", signed=True) for count in counts)
    return data + struct.pack(">hhh", *aux) + bytes((footer,))


def cyton_samples(first: int, count: int) -> bytes:
    """Encode samples of a slow wave, a channel each higher, with acceleration in every tenth."""
    data = b""
    for number in range(first, first + count):
        counts = [round(1000 * (channel + 1) * sin(number / 10)) for channel in range(8)]
        data += cyton_packet(number, counts, (16, -32, 8000) if number % 10 == 4 else (0, 0, 0))
    return data


def cyton() -> Told:
    """Connect to a board that streams already; it is reset, streams anew, and loses some on its way."""
    told = pieces(cyton_samples(200, 6)[20:], 62, 0.0, 8250)
    told += pieces(BANNER + b"Firmware: v3.1.2\r\n$$$", 40, 0.5, 8250)
    samples = cyton_samples(0, 30) + cyton_samples(35, 20)
    samples += cyton_samples(55, 1)[:15] + cyton_samples(56, 10)  # cut off in a packet
    samples += cyton_packet(66, [8388607, -8388608, *[0] * 6]) + cyton_packet(67, [0] * 8, footer=0xC1)
    samples += cyton_packet(68, [1] * 8, (88, 1, 2), footer=0xC3) + cyton_samples(69, 21)
    return told + pieces(samples, 62, 1.0, 8250)


def bitalino_frame(number: int, digital: int, analog: Sequence[int]) -> bytes:
    """Encode a sample as the firmware does (``timer1TickLive``, ``sendFrameCRC``).

    Args:
        number: of the sample.
        digital: the four lines, 4 bits.
        analog: of 1 to 6 channels: four of 10 bits, two of 6.
    """
    frame = digital << 52
    for count, at in zip(analog, (42, 32, 22, 12, 6, 0), strict=False):
        frame |= count << at
    begin = 6 - len(analog) - (3 <= len(analog) <= 5)
    data = frame.to_bytes(7, "little")[begin:] + bytes((number % 16 << 4,))
    crc = 0
    for byte in data:
        for bit in range(7, -1, -1):
            crc = crc << 1 | byte >> bit & 1
            crc ^= 0b10011 if crc & 16 else 0
    return data[:-1] + bytes((data[-1] | crc,))


def bitalino_samples(first: int, count: int) -> bytes:
    """Encode samples of six channels: ramps, the second at its limits, and a button pressed for a while."""
    data = b""
    for number in range(first, first + count):
        analog = (number % 1024, 1023 if number % 50 == 7 else 512, 511, 300, number % 64, 63)
        data += bitalino_frame(number, 0b0101 if 30 <= number < 45 else 0b1101, analog)
    return data


def bitalino() -> Told:
    """Let a board stream; a frame is damaged, bytes are lost, and then a second of frames."""
    stream = bitalino_samples(0, 40)
    stream += bytes((stream[0] ^ 0x10,)) + bitalino_samples(40, 1)[1:] + bitalino_samples(41, 20)
    stream += bitalino_samples(61, 2)[:13] + bitalino_samples(63, 30)
    told = [(0.2, "serial", b"BITalino_v5.2\n"), *pieces(stream, 200, 1.0, 8000)]
    return told + pieces(bitalino_samples(93 + 992, 1200), 200, 1.0 + 1.085, 8000)


def modbus_frame(text: str) -> bytes:
    """Add the checksum to hexadecimal bytes; the polynomial divides the message with its bits in reverse."""
    data = bytes.fromhex(text)
    rest = 0xFFFF
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ (0xA001 if rest & 1 else 0)
    return data + struct.pack("<H", rest)


def scd30() -> Told:
    """Answer as a sensor: not ready, then with values; with none, damaged, refused, busy, and cut off."""
    written, yes, no = modbus_frame("61 06 00 36 00 00"), "61 03 02 00 01", "61 03 02 00 00"
    # The example of Sensirion's interface description: 439 ppm, 27.2 Cel, 48.8 %.
    values = bytes.fromhex("61 03 0c 43 db 8c 2e 41 d9 e7 ff 42 43 3a 1b 50 07")
    answers = [
        written,
        modbus_frame(no),
        modbus_frame(yes),
        modbus_frame("61 03 0c 00 00 00 00 7f c0 00 00 42 43 3a 1b"),
        modbus_frame("61 03 00 28 00 06") + values,  # an adapter that echoes
        values[:5] + b"\x55" + values[6:],
        values,
        modbus_frame("61 83 06"),
        modbus_frame("61 83 02"),
        modbus_frame("62 03 02 00 01"),  # somebody else's
        values[:9],
        values,
        b"\x61\x03\x0c\x61" + values,
    ]
    return [(float(index), "serial", answer) for index, answer in enumerate(answers)]


def dgt_message(identity: int, data: bytes) -> bytes:
    """Encode a message of the board."""
    size = len(data) + 3
    return bytes((0x80 | identity, size >> 7, size & 127)) + data


def dgt_dump(placement: str) -> bytes:
    """Encode all squares."""
    return dgt_message(0x06, bytes(PIECES.index(piece) for piece in placement))


def dgt_field(square: str, piece: str) -> bytes:
    """Encode a square that changed; ``.`` for an empty one."""
    return dgt_message(
        0x0E, bytes(("abcdefgh".index(square[0]) + 8 * (8 - int(square[1])), PIECES.index(piece)))
    )


def dgt_clock(right: str, left: str, status: int) -> bytes:
    """Encode the clock: times as ``1:29:58``, the status as a number."""
    sides = [bytes(int(part, 16) for part in side.split(":")) for side in (right, left)]
    return dgt_message(0x0D, sides[0] + sides[1] + bytes((status,)))


def dgt_changes(text: str) -> Iterator[bytes]:
    """Encode changes such as ``e2. e4P``."""
    for change in text.split():
        yield dgt_field(change[:2], change[2])


def dgt_game() -> Told:
    """Play a game, with all that hands do to a board, and begin another with the board turned round."""
    told: Told = [
        (0.1, "serial", dgt_message(0x13, b"\x01\x08") + dgt_message(0x11, b"31415")),
        (0.2, "serial", dgt_dump(START) + dgt_clock("1:30:00", "1:30:00", 0x10)),
    ]
    at_s = 1.0

    def turn(text: str, each_s: float = 0.3) -> None:
        nonlocal at_s
        for change in dgt_changes(text):
            told.append((at_s, "serial", change))
            at_s += each_s
        at_s += 1.0

    def clock(right: str, left: str, status: int) -> None:
        told.append((at_s, "serial", dgt_clock(right, left, status)))

    turn("e2. e4P")
    clock("1:30:00", "1:29:58", 0x0B)
    turn("d7. d5p")
    clock("1:29:57", "1:29:58", 0x11)
    turn("d5P e4.")  # the pawn that was taken is never seen to leave
    turn("d8. d7q d6q d7. d5q d6.", 0.1)  # slid
    turn("g1. f3N", 0.1)
    turn("a7. a6p")
    turn("f1. e2B")
    turn("c8. g4b", 0.1)
    turn("h1. f1R")  # rook first, and slowly
    turn("e1. g1K")
    turn("g4. f3b f3. f3b")  # taken, and straightened
    turn("f3. g4b f3N")  # taken back
    turn("b7. b5p")
    turn("c2. c4P")
    turn("b5. c4p")
    turn("d2. d4P")
    turn("c4. d3p d4.")  # en passant
    turn("b1. c3N")
    turn("d3. e2b e2p")  # a bishop where a pawn stood: nobody did that
    turn("f1. e1R")
    turn("c1. c5B")  # no move of a bishop
    told.append((at_s, "serial", dgt_field("a1", ".")[:4] + dgt_message(0x0E, b"\x40\x00")))
    at_s += 12
    clock("0:00:00", "0:12:34", 0x05)
    turn("a1.")
    told.append((at_s, "serial", dgt_message(0x0D, b"\x0a\x10\x01\x00\x00\x00\x00")))
    told.append((at_s, "serial", dgt_message(0x0D, bytes(7)) + dgt_message(0x0D, bytes(6) + b"\x20")))
    told.append((at_s + 1, "serial", dgt_dump(START[::-1])))  # the board was turned round
    at_s += 2
    turn("d7. d5P")  # White's e2 and e4, from that side
    told.append(
        (at_s, "serial", dgt_clock("2:00:00", "1:5a:00", 0x11) + dgt_clock("2:00:00", "1:59:00", 0x11))
    )
    return told
