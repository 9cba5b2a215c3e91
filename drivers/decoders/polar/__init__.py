"""Polar sensors: heart rate as of any strap, and what their Measurement Data service has beside it."""
