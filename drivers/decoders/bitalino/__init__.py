"""The BITalino."""
