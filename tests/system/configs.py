"""Configurations of whole nodes."""


def node(broker_url: str, sources: str, *, more: str = "") -> str:
    """Return the configuration of a node that delivers to a broker; the page takes any free port."""
    return f"""
[node]
site = "hall"
name = "board-1"

[uplink]
url = "{broker_url}"

[journal]
path = "{{folder}}/edged.db"
commit_interval_s = 0.2

[web]
port = 0
{more}
{sources}
"""


def strap(name: str, link: str, *, more: str = "") -> str:
    """Return one player and the strap that measures him."""
    return f"""
[[subject]]
name = "{name}"
title = "Player {name}"
hr_max = 190

[[source]]
name = "strap-{name}"
link = "{link}"
subject = "{name}"
{more}
"""
