"""The journal: an append-only SQLite store of chunks and events."""
