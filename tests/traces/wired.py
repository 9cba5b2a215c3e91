"""What sensors with a serial port send, byte by byte, as (time in s, channel, bytes).

Written down plainly, to share nothing with the decoders.
"""

from collections.abc import Sequence
from functools import reduce
from operator import xor

Told = list[tuple[float, str, bytes]]


def pieces(data: bytes, size: int, bytes_a_second: float, from_s: float = 0.0) -> Told:
    """Cut a stream as a serial port delivers it: so many bytes at once, wherever that is."""
    cuts = range(0, len(data), size)
    return [(from_s + (at + size) / bytes_a_second, "serial", data[at : at + size]) for at in cuts]


def nmea(*contents: str) -> bytes:
    """Return sentences with their checksums."""
    return b"".join(f"${text}*{reduce(xor, text.encode()):02X}\r\n".encode() for text in contents)


def nmea_moment(second: int, minutes: str, mode: str = "A", quality: int = 1) -> bytes:
    """Return the sentences of one second."""
    utc = f"0830{second:02}.00"
    return nmea(
        f"GNRMC,{utc},A,5130.{minutes},N,00007.{minutes},W,1.944,270.5,020126,,,{mode}",
        f"GNVTG,270.5,T,,M,1.944,N,3.6,K,{mode}",
        f"GNGGA,{utc},5130.{minutes},N,00007.{minutes},W,{quality},09,0.9,35.2,M,47.0,M,,",
        "GNGSA,A,3,01,02,03,04,05,,,,,,,,1.6,0.9,1.3",
        "GNGSA,A,3,65,66,67,68,,,,,,,,,1.6,0.9,1.3",
        f"GNGLL,5130.{minutes},N,00007.{minutes},W,{utc},A,{mode}",
    )


def gps_gets_its_fix() -> Told:
    """A receiver on a bench by the Thames, and what happens to its line."""
    none = "GNRMC,{0},V,,,,,,,{1},,,N", "GNGGA,{0},,,,,0,00,99.9,,,,,,"
    text = b"0.0,M,,0000*56\r\n"  # the connection began in mid-sentence
    text += nmea(*(form.format("", "") for form in none))
    text += nmea("GPTXT,01,01,02,ANTENNA OK")
    text += nmea(*(form.format("083000.00", "020126") for form in none))
    text += nmea("GPGSV,2,1,05,01,40,083,46,02,17,308,41,12,07,344,39,14,22,228,45")
    text += nmea("GPGSV,2,2,05,15,11,101,30", "GLGSV,1,1,03,65,30,010,33,66,12,200,28,67,70,120,40")
    text += nmea_moment(1, "4567")
    text += nmea_moment(2, "4570", "D", 2)
    text += nmea("GNZDA,083003.00,02,01,2026,00,00")
    text += nmea_moment(3, "4572").replace(b"35.2", b"35.3")  # a checksum that is wrong
    text += b"\xb5\x62\x05\x01\x02\x00\x06\x8a\x98\xc1"  # an answer in a binary protocol
    text += nmea_moment(4, "4575", "E", 6)
    text += nmea("GNRMC,083005.00,V,5130.4575,N,00007.4575,W,,,020126,,,N")
    text += b"!AIVDM,1,1,,B,13njCt031t0DA=lN2:jKmad60l1p,0*12\r\n$GNRMC,083006"
    return pieces(text, 64, 960)


def csv_sketch() -> Told:
    """What a board prints: half a line, a board that starts again, and every kind of bad line."""
    text = (
        b"4,-12,36.5\r\nMPU6050 found at 0x68\r\ntime_ms,ecg[uV],acc.x[m[g]],acc.y[m[g]],temperature[Cel]\r\n"
    )
    text += b"".join(b"%d,%d,%d.5,-3,36.5\r\n" % (1000 + 20 * n, -120 + 7 * n, n) for n in range(12))
    text += b"1240,nan,,4,36.5\r\n1260,ovf,1,4,36.5\r\n1280,1,2,3\r\n1300,x,2,3,4\r\n-5,1,2,3,4\r\n"
    text += b"1400,5,6,7,36.625\r\n"
    text += b"ready\r\ntime_ms;humidity[%];ecg[uV]\r\n15;40;1\r\n35;41;2\r\n55,42\r\ntime_ms,ecg[mV]\r\n"
    text += b"9" * 1100 + b"\r\n75;43;3\r\n95;4"
    return pieces(text, 32, 1000)


def csv_of_a_rate() -> Told:
    """Lines of numbers alone, ten a second, of which three are lost."""
    lines = [b"%d\t%d.25\n" % (n, 400 + n) for n in range(40)]
    told = [(n / 10 + 0.004 * (n % 3), "serial", line) for n, line in enumerate(lines)]
    told[20:23] = [(2.0, "serial", b"2\t42\x8fc\xff\n")]
    return told


def pulse_sensor_on_a_finger() -> Told:
    """Three seconds of a sketch: fifty samples a second, a beat now and then, and a bad line."""
    told: Told = [(0.0, "serial", b"12\r\n")]
    for n in range(150):
        rise = max(0, 40 - 5 * abs(n % 42 - 8))
        line = b"S%d\r\n" % (1023 if n == 90 else 500 + 3 * rise)
        if n % 42 == 9:
            line += b"B%d\r\nQ%d\r\n" % ((0, 0) if n == 9 else (71, 840))
        told.append((0.02 * n + 0.012 * (n % 4 == 0), "serial", b"S5\xff4\r\n" if n == 60 else line))
    return told


def cms50_frame(strength: int, pleth: int, pulse_rate: int, spo2: int, searching: int = 0) -> bytes:
    """Return a 9-byte frame of live data."""
    data = [strength, pleth | searching << 7, pleth >> 4 | 0x10, pulse_rate, spo2, 0xFF, 0xFF]
    high = sum((byte >> 7) << index for index, byte in enumerate(data))
    return bytes((0x01, 0x80 | high, *(0x80 | byte for byte in data)))


def cms50_on_a_finger() -> Told:
    """A device of firmware 4.6: a finger is put in, a frame is damaged, it ends the connection."""
    frames = [bytes.fromhex("0c 80 02 80 80 a0 a0 a0 a0 a0 a0")]
    frames += [cms50_frame(0x10, 0, 0xFF, 0x7F) for _ in range(12)]
    frames += [cms50_frame(3, 5 * n % 80, 0xFF, 0x7F, 1) for n in range(12)]
    frames += [cms50_frame(0x45 if n % 50 == 10 else 5, 2 * n % 100, 130, 97) for n in range(72)]
    frames[70] = frames[70][:4] + b"\x11" + frames[70][5:]
    frames.append(bytes.fromhex("0d 80 81"))
    return pieces(b"".join(frames), 32, 540)


def cms50_of_five_bytes() -> Told:
    """An older device, which sends on its own; two frames are damaged, and the finger is taken out."""
    frames = [bytes((0x85 | (n % 50 == 10) << 6, 2 * n % 100, 0x46, 0x02, 97)) for n in range(66)]
    frames[30:32] = [b"\x85\x3c\x46", b"\x85\x3e\x46\x02"]
    frames += [bytes((0x90, 0, 0x30, 0, 0x7F)) for _ in range(12)]
    return pieces(b"\x02\x61" + b"".join(frames), 24, 300)


def nonin_packet(numbers: Sequence[int], status: int = 0, first: int = 0) -> bytes:
    """Return the 25 frames of a packet."""
    data = b""
    for n, number in enumerate(numbers):
        frame = bytes((0x01, 0x80 | status | (n == 0), (first + 3 * n) % 200, number))
        data += frame + bytes((sum(frame) % 256,))
    return data


NONIN_NUMBERS = (0, 72, 97, 30, 0, 3, 21, 0, 97, 96, 95, 0, 0, 0, 71, 98, 98, 0, 0, 0, 72, 0, 71, 0, 0)
NONIN_NONE = (3, 127, 127, 30, 0, 3, 21, 0, 127, 127, 127, 0, 0, 3, 127, 127, 127, 0, 0, 3, 127, 3, 127, 0, 0)


def nonin_of_an_xpod() -> Told:
    """Two seconds: in mid-packet, no finger yet, artefacts, a frame damaged."""
    data = nonin_packet(NONIN_NUMBERS)[62:]
    data += nonin_packet(NONIN_NONE, 0x50)
    data += nonin_packet(NONIN_NUMBERS, 0x04, 50) + nonin_packet(NONIN_NUMBERS, 0x20, 100)
    damaged = bytearray(nonin_packet(NONIN_NUMBERS, 0, 150))
    damaged[53] ^= 0x10
    return pieces(data + bytes(damaged) + nonin_packet(NONIN_NUMBERS, 0x02, 20), 30, 375)


def nonin_of_a_printer() -> Told:
    """What a handheld prints once a second, after its header."""
    lines = ["Nonin 2500 02-Jan-26 08:30:00", "SPO2=--- HR=---", "SPO2=097 HR=072", "SPO2=098 HR=071*"]
    lines += ["SPO2=09# HR=071", "08:30:05 SPO2=098 HR=070 F", "SPO2=098 HR=103"]
    return [(float(second), "serial", f"{line}\r\n".encode()) for second, line in enumerate(lines)]


def pms5003_frame(*words: int) -> bytes:
    """Return a frame of thirteen words."""
    frame = b"\x42\x4d\x00\x1c" + b"".join(word.to_bytes(2) for word in words)
    return frame + sum(frame).to_bytes(2)


def pms5003_in_smoke() -> Told:
    """A frame cut off, clean air, smoke, a frame damaged, a strange answer, more smoke."""
    clean = pms5003_frame(1, 2, 2, 1, 2, 2, 312, 90, 11, 2, 0, 0, 0x9700)
    smoke = pms5003_frame(160, 310, 402, 106, 205, 267, 41200, 12800, 3010, 402, 77, 21, 0x9700)
    data = (
        clean[20:]
        + clean
        + smoke
        + smoke[:9]
        + b"\xff"
        + smoke[10:]
        + b"\x42\x4d\x00\x04\xe1\x00\x01\x74"
        + smoke
    )
    return pieces(data, 32, 40)


def mhz19_answer(co2: int, temperature: int) -> bytes:
    """Return an answer to the command for the concentration."""
    answer = bytes((0xFF, 0x86, co2 >> 8, co2 & 0xFF, temperature + 40, 0, 0, 0))
    return answer + bytes((-sum(answer[1:]) % 256,))


def mhz19_in_an_office() -> Told:
    """An answer a second, one of them damaged, one to another command, one in two pieces, one beyond."""
    answers = [mhz19_answer(co2, 24) for co2 in (410, 655, 1204, 1210, 1215, 20000, 1220)]
    answers[3] = answers[3][:3] + b"\x00" + answers[3][4:]
    told: Told = [(n + 0.02, "serial", answer) for n, answer in enumerate(answers)]
    told.insert(2, (1.5, "serial", bytes.fromhex("ff 99 01 00 00 00 00 00 66")))
    return [*told[:5], (4.02, "serial", answers[4][:4]), (4.03, "serial", answers[4][4:]), *told[6:]]
