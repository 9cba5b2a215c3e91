"""Decoders: what bytes mean."""
