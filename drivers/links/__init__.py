"""Links: how bytes come in."""
