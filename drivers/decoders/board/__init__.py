"""Sensor boards on a serial line: the protocol that ``firmware/`` speaks, read and written."""
