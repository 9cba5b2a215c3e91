"""The node on a whole board: real kernel, real systemd, real BlueZ, straps on the air."""
