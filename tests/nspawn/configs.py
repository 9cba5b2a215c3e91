"""Configurations of boards in containers."""

HEAD = """
[node]
site = "hall"
name = "board-1"

[journal]
path = "/var/lib/edged/edged.db"
"""


def straps(*links: str, more: str = "") -> str:
    """Return a configuration with a subject and a source for each link."""
    entries = (
        f'[[subject]]\nname = "player-{n}"\n\n[[source]]\nname = "strap-{n}"\nlink = "{link}"\n'
        f'subject = "player-{n}"\n'
        for n, link in enumerate(links, start=1)
    )
    return HEAD + more + "\n".join(entries)
