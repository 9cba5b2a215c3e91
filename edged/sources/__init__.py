"""From devices to chunks: the contracts of links and decoders, and the supervisor that runs them."""
