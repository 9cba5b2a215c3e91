"""Heart-rate straps on emulated radios; a program of the guest, where ``bumble`` is installed."""
