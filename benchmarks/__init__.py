"""Benchmarks against others; ``python -m benchmarks`` runs them all. Compare the ratios of one run."""
