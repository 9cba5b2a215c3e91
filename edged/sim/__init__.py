"""Simulated bodies and devices: pure functions of time and seed."""
