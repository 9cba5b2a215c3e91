"""The overlays, in a real browser at a real broker."""
