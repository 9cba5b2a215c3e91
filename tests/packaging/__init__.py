"""The Debian package and the wheel: what is in them, and how a version takes another one's place."""
