"""What decoders of byte streams are put together of: framing, clocks of samples, commands."""
