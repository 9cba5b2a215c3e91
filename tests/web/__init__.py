"""The page and its API, over a real server and in a real browser."""
