"""Signal processing: chains of causal steps. numpy and scipy only, no I/O."""
