"""A board in QEMU: its disk, the disk of this checkout, the machine, and the way to its commands."""
