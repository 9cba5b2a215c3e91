"""Where this board stands in the network, and what time it has: looked at, never changed."""
