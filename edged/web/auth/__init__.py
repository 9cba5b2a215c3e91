"""How the API knows who asks, and what he may do."""
