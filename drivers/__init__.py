"""The drivers that come with edged: links move packets, decoders give them meaning."""
