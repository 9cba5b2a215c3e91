"""What the node says of itself on its page, and in words."""
