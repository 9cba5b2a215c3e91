"""The decoder of Polar sensors: H10 and H9, Verity Sense and OH1."""

from collections.abc import Mapping
from typing import Final

from drivers.decoders.gatt.decoder import GattDecoder
from drivers.decoders.heart_rate import HeartRateService
from drivers.decoders.options import one_of
from drivers.decoders.polar.measurement import MEASUREMENTS, MeasurementType, SettingType
from drivers.decoders.polar.service import PmdService, joined
from edged.errors import DriverError
from edged.model import Packet
from edged.sources.decoder import Decoded

_RATE, _RANGE = SettingType.SAMPLE_RATE, SettingType.RANGE
_TYPES: Final = {kind.option: kind for kind in MeasurementType}


class PolarDecoder(GattDecoder):
    """A heart-rate strap or armband, with what the Polar Measurement Data service has beside.

    The heart rate comes first: nothing else is asked for before it is there, and what is, is given up again
    where the link does not carry it.

    Args:
        streams: ``ecg``, ``acc``, ``ppg``, ``ppi``, ``gyro``, ``mag``, separated by commas, the most
            important first.
        ecg_rate: in Hz, and so the other rates; the nearest that the sensor offers is taken.
        acc_rate: of the acceleration.
        acc_range: greatest acceleration, in ``g``.
        ppg_rate: of the photoplethysmogram.
        gyro_rate: of the angular velocity.
        gyro_range: greatest angular velocity, in degrees per second.
        mag_rate: of the magnetic field.

    Raises:
        DriverError: an option has a value that no sensor knows.
    """

    def __init__(
        self,
        *,
        streams: str = "ecg",
        ecg_rate: str = "130",
        acc_rate: str = "50",
        acc_range: str = "8",
        ppg_rate: str = "55",
        gyro_rate: str = "52",
        gyro_range: str = "2000",
        mag_rate: str = "50",
    ) -> None:
        settings: dict[MeasurementType, Mapping[SettingType, int]] = {
            MeasurementType.ECG: _settings(MeasurementType.ECG, ecg_rate),
            MeasurementType.ACC: _settings(MeasurementType.ACC, acc_rate, acc_range),
            MeasurementType.PPG: _settings(MeasurementType.PPG, ppg_rate),
            MeasurementType.PPI: {},
            MeasurementType.GYRO: _settings(MeasurementType.GYRO, gyro_rate, gyro_range),
            MeasurementType.MAG: _settings(MeasurementType.MAG, mag_rate),
        }
        self._pmd = PmdService({kind: settings[kind] for kind in _kinds(streams)})
        super().__init__(HeartRateService(), self._pmd)

    def feed(self, packet: Packet) -> Decoded:
        """Take one value of a characteristic."""
        self._pmd.hear(packet.mono_ns)
        told = super().feed(packet)
        is_heart_rate = packet.channel == "2a37" and bool(told.chunks)
        return joined((told, self._pmd.go_on(packet.mono_ns, is_heart_rate=is_heart_rate)))


def _kinds(streams: str) -> list[MeasurementType]:
    names = [one_of("streams", name.strip(), list(_TYPES)) for name in streams.split(",")]
    if len(set(names)) < len(names):
        raise DriverError(f"streams={streams} has one twice", mend="Keep the first of each.")
    return [_TYPES[name] for name in names]


def _settings(kind: MeasurementType, rate: str, greatest: str | None = None) -> Mapping[SettingType, int]:
    settings = {_RATE: _number(kind, _RATE, f"{kind.option}_rate", rate)}
    if greatest is not None:
        settings[_RANGE] = _number(kind, _RANGE, f"{kind.option}_range", greatest)
    return settings


def _number(kind: MeasurementType, setting: SettingType, option: str, text: str) -> int:
    return int(one_of(option, text, [str(value) for value in MEASUREMENTS[kind].known[setting]]))
