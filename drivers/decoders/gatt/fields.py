"""Reads the fields of a characteristic, one after the other."""

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.gatt.ieee11073 import MedicalNumber, float32, sfloat


class Fields:
    """A value of a characteristic, little-endian, and how far it was read.

    The methods take the name of the field for the message, and raise ``MalformedPacket`` where the bytes end
    before the field does. What is left at the end is of a later version of the service.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def uint(self, bits: int, name: str) -> int:
        """Return an unsigned integer of so many bits, a multiple of 8."""
        return int.from_bytes(self._take(bits // 8, name), "little")

    def sint(self, bits: int, name: str) -> int:
        """Return a signed one."""
        return int.from_bytes(self._take(bits // 8, name), "little", signed=True)

    def sfloat(self, name: str) -> MedicalNumber:
        """Return an SFLOAT of 16 bits, which the Bluetooth SIG also calls medfloat16."""
        return sfloat(self.uint(16, name))

    def float32(self, name: str) -> MedicalNumber:
        """Return a FLOAT of 32 bits, which the Bluetooth SIG also calls medfloat32."""
        return float32(self.uint(32, name))

    def _take(self, size: int, name: str) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise MalformedPacket(f"{len(self._data)} bytes, too few for its {name}")
        self._at += size
        return taken
