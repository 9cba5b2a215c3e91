#!/usr/bin/env python3
"""Seals a Pico's program: the CRC of the boot's second stage, without which the chip's ROM will not start it.

``seal.py PROGRAM.bin`` writes the CRC into it, and PROGRAM.uf2 next to it, to be dropped on a Pico in BOOTSEL
mode.
"""

import struct
import sys
from pathlib import Path

BOOT2_SIZE = 256
FLASH_BASE = 0x1000_0000
UF2_PAYLOAD = 256
UF2_FAMILY_RP2040 = 0xE48B_FF56
UF2_HAS_FAMILY = 0x2000


def crc32_mpeg2(data: bytes) -> int:
    """Return the ROM's kind of CRC-32: not reflected, not inverted (RP2040 data sheet, 2.8.1.3.1)."""
    crc = 0xFFFF_FFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C1_1DB7 if crc & 0x8000_0000 else crc << 1) & 0xFFFF_FFFF
    return crc


def sealed(program: bytes) -> bytes:
    """Return a program with its CRC."""
    covered = program[: BOOT2_SIZE - 4]
    return covered + struct.pack("<I", crc32_mpeg2(covered)) + program[BOOT2_SIZE:]


def uf2(program: bytes) -> bytes:
    """Return a program as a UF2 file, which is blocks of 512 bytes with an address each."""
    parts = [program[at : at + UF2_PAYLOAD] for at in range(0, len(program), UF2_PAYLOAD)]
    blocks = []
    for number, part in enumerate(parts):
        header = struct.pack(
            "<8I", 0x0A32_4655, 0x9E5D_5157, UF2_HAS_FAMILY, FLASH_BASE + number * UF2_PAYLOAD, UF2_PAYLOAD,
            number, len(parts), UF2_FAMILY_RP2040,
        )  # fmt: skip
        blocks.append(header + part.ljust(476, b"\0") + struct.pack("<I", 0x0AB1_6F30))
    return b"".join(blocks)


def main() -> None:
    """Do what the command line says."""
    path = Path(sys.argv[1])
    program = sealed(path.read_bytes())
    path.write_bytes(program)
    path.with_suffix(".uf2").write_bytes(uf2(program))


if __name__ == "__main__":
    main()
