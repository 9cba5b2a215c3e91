"""The DGT electronic chess board."""
