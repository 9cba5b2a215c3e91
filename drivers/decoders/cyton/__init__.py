"""The OpenBCI Cyton."""
