"""The service under a real systemd, in a container that is a board of its own (systemd-nspawn)."""
