"""Sensors that are asked over Modbus RTU."""
