"""The local web page and its API; imported only where the page is enabled, for FastAPI is not light."""
