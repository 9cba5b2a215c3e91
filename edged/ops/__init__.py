"""Running the daemon: its status in one place, its log."""
