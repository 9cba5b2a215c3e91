"""Chunks as straps give them."""

from edged.model import NS_PER_S, Chunk, Quality, StreamInfo

HEART_RATE = StreamInfo("heart_rate", "/min")
RR = StreamInfo("rr_interval", "ms")
HRV = StreamInfo("hrv", "ms,ms,%", 0.0, ("rmssd", "sdnn", "pnn50"))
BATTERY = StreamInfo("battery", "%")


def heart_rate(value: float, quality: Quality = Quality.GOOD, at_s: float = 0) -> Chunk:
    return Chunk.of(HEART_RATE, 0, [round(at_s * NS_PER_S)], [value], quality)


def intervals(*values: float, quality: Quality = Quality.GOOD) -> Chunk:
    return Chunk.of(RR, 0, list(range(1, len(values) + 1)), list(values), quality)


def rmssd(value: float) -> Chunk:
    return Chunk.of(HRV, 0, [0], [[value, 1.0, 1.0]])


def battery(value: float) -> Chunk:
    return Chunk.of(BATTERY, 0, [0], [value])
