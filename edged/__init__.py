"""edged: an edge telemetry daemon for biometric and sensor streams."""

__version__ = "0.1.0"
