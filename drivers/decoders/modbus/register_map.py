"""Which registers of a device mean what: from a TOML file, or built in.

```toml
device = 97              # address on the bus, 1 to 247
timeout_ms = 500         # for an answer

[[write]]                # once a connection, before anything is read
address = 0x36
value = 0

[ready]                  # optional: read first, and the rest only if it is this
address = 0x27
value = 1

[[register]]
quantity = "co2"
unit = "[ppm]"
address = 0x28           # of the first word, from 0
kind = "holding"         # or input, coil, discrete
type = "f32"             # or u16, i16, u32, i32; not for bits
words = "big"            # or little: the low word first
scale = 1.0              # quantity = raw * scale + offset
offset = 0.0
period_s = 2.0
no_reading = [0.0]       # raw values that stand for none
```
"""

import re
import struct
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Final, Literal, Self

from drivers.decoders.modbus.rtu import Function
from edged.errors import DriverError

KINDS: Final = {
    "coil": Function.READ_COILS,
    "discrete": Function.READ_DISCRETE_INPUTS,
    "holding": Function.READ_HOLDING_REGISTERS,
    "input": Function.READ_INPUT_REGISTERS,
}
TYPES: Final = {"u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "f32": ">f"}
REGISTERS_MAX: Final = 64
MAP_MAX_BYTES: Final = 65_536
PERIOD_S: Final = (0.1, 3600.0)


@dataclass(frozen=True, slots=True)
class Register:
    """One quantity; the fields are those of the file.

    Attributes:
        function: that reads it.
        format: of its bytes in ``struct``; empty for a bit.
    """

    quantity: str
    unit: str
    address: int
    function: Function
    format: str = ">H"
    words: Literal["big", "little"] = "big"
    scale: float = 1.0
    offset: float = 0.0
    period_s: float = 2.0
    no_reading: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        """Registers that it takes."""
        return struct.calcsize(self.format) // 2 if self.format else 1

    def value(self, data: bytes, at: int) -> float | None:
        """Return its value; None where the device has none.

        Args:
            data: of an answer.
            at: its place in it, in registers.
        """
        if not self.format:
            raw: float = data[at // 8] >> at % 8 & 1
        else:
            words = data[2 * at : 2 * (at + self.count)]
            if self.words == "little":
                words = words[2:] + words[:2]
            (raw,) = struct.unpack(self.format, words)
        value = raw * self.scale + self.offset
        return None if raw in self.no_reading or not isfinite(value) else value


@dataclass(frozen=True, slots=True)
class Setting:
    """A holding register and its value: to be written, or to wait for."""

    address: int
    value: int


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """All that is to be known of a device; the fields are those of the file."""

    device: int
    registers: tuple[Register, ...]
    timeout_ms: int = 500
    writes: tuple[Setting, ...] = ()
    ready: Setting | None = None

    @classmethod
    def load(cls, path: str) -> Self:
        """Read a file.

        Raises:
            DriverError: it cannot be read, or not understood.
        """
        try:
            with Path(path).open("rb") as file:
                text = file.read(MAP_MAX_BYTES + 1)
            if len(text) > MAP_MAX_BYTES:
                raise DriverError("a register map of more than 64 KiB", where=path)
            return cls.of(tomllib.loads(text.decode("utf-8")))
        except OSError as error:
            raise DriverError(
                f"the register map cannot be read: {error.strerror}", where=path, mend="Check the path."
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise DriverError(f"the register map is not TOML: {error}", where=path) from error
        except DriverError as error:
            raise DriverError(error.what, where=path, mend=error.mend) from error

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Self:
        """Understand what a file says.

        Raises:
            DriverError: a field is missing, not known or out of range.
        """
        table = _Table(fields, "the map")
        registers = tuple(_register(each) for each in table.tables("register"))
        if not 0 < len(registers) <= REGISTERS_MAX:
            raise DriverError(f"{len(registers)} registers; 1 to {REGISTERS_MAX} are possible")
        names = [each.quantity for each in registers]
        for name in names:
            if names.count(name) > 1:
                raise DriverError(f"the quantity {name} is there twice", mend="Give each its own name.")
        ready = table.tables("ready")
        made = cls(
            device=table.integer("device", 1, 247),
            registers=registers,
            timeout_ms=table.integer("timeout_ms", 20, 10_000, 500),
            writes=tuple(_setting(each) for each in table.tables("write")),
            ready=_setting(ready[0]) if ready else None,
        )
        table.done()
        return made


class _Table:
    """The fields of a table, each taken once."""

    def __init__(self, fields: Mapping[str, object], name: str) -> None:
        self._fields = dict(fields)
        self._name = name

    def integer(self, field: str, least: int, most: int, default: int | None = None) -> int:
        value = self._fields.pop(field, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(field, value, f"a whole number from {least} to {most}")
        return value

    def number(self, field: str, least: float, most: float, default: float) -> float:
        value = self._fields.pop(field, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(field, value, f"a number from {least:g} to {most:g}")
        return float(value)

    def numbers(self, field: str) -> tuple[float, ...]:
        value = self._fields.pop(field, [])
        if not isinstance(value, list):
            raise self._wrong(field, value, "a list of numbers")
        return tuple(_Table({field: each}, self._name).number(field, -1e38, 1e38, 0) for each in value)

    def text(self, field: str, pattern: str, wanted: str, default: str | None = None) -> str:
        value = self._fields.pop(field, default)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self._wrong(field, value, wanted)
        return value

    def one_of(self, field: str, known: Mapping[str, object], default: str) -> str:
        return self.text(field, "|".join(known), f"one of {', '.join(known)}", default)

    def tables(self, field: str) -> list["_Table"]:
        value = self._fields.pop(field, [])
        tables = value if isinstance(value, list) else [value]
        named = []
        for number, each in enumerate(tables, 1):
            if not isinstance(each, dict):
                raise self._wrong(field, each, "a table")
            named.append(_Table(each, f"{field} {each.get('quantity', number)!s:.40}"))
        return named

    def done(self) -> None:
        for field in self._fields:
            raise DriverError(f"{self._name}: unknown field {field!r:.40}")

    def _wrong(self, field: str, value: object, wanted: str) -> DriverError:
        return DriverError(f"{self._name}: {field} is {value!r:.40}", mend=f"Write {wanted}.")


def _register(table: _Table) -> Register:
    kind = table.one_of("kind", KINDS, "holding")
    function = KINDS[kind]
    chosen = "" if function.is_of_bits else TYPES[table.one_of("type", TYPES, "u16")]
    words: Literal["big", "little"] = "big"
    if table.one_of("words", {"big": 1, "little": 1}, "big") == "little":
        words = "little"
    made = Register(
        quantity=table.text("quantity", "[a-z][a-z0-9_]{0,31}", "a-z, 0-9 and _, at most 32"),
        unit=table.text("unit", "[!-~]{1,16}", "a unit such as [ppm], at most 16 long"),
        address=table.integer("address", 0, 0xFFFF),
        function=function,
        format=chosen,
        words=words,
        scale=table.number("scale", -1e12, 1e12, 1.0),
        offset=table.number("offset", -1e12, 1e12, 0.0),
        period_s=table.number("period_s", *PERIOD_S, 2.0),
        no_reading=table.numbers("no_reading"),
    )
    table.done()
    if made.address + made.count > 0x10000:
        raise DriverError(f"{made.quantity}: it ends behind the last register, 65535")
    return made


def _setting(table: _Table) -> Setting:
    made = Setting(table.integer("address", 0, 0xFFFF), table.integer("value", 0, 0xFFFF))
    table.done()
    return made


SCD30: Final = RegisterMap(
    device=0x61,
    writes=(Setting(0x36, 0),),
    ready=Setting(0x27, 1),
    registers=(
        Register("co2", "[ppm]", 0x28, Function.READ_HOLDING_REGISTERS, ">f", no_reading=(0.0,)),
        Register("temperature", "Cel", 0x2A, Function.READ_HOLDING_REGISTERS, ">f"),
        Register("humidity", "%", 0x2C, Function.READ_HOLDING_REGISTERS, ">f"),
    ),
)
"""Sensirion SCD30 ("Interface Description Sensirion SCD30", version 1.0, sections 1.2, 1.4 and 1.5):
continuous measurement without compensation of the pressure, every 2 s. A concentration of 0 is no air of this
world: it is what the register holds before the first measurement."""

DEVICES: Final = {"scd30": SCD30}
