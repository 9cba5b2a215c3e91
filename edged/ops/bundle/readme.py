"""What a bundle says of itself."""

from typing import Final

from edged import __version__
from edged.ops.status import NodeStatus

_TEXT: Final = """\
Diagnostics of {site} / {node}
made by edged {version} at {utc}, by the board's own clock ({clock})

Inside
  status.json         the node, its broker, journal, sources and subjects at a glance
  health.json         what the doctor found: what is wrong, and the mend
  delivery.json       the uplink: backlog, rates of the last minute, errors, certificate, last acknowledgement
  network.json        interfaces, addresses, gateway, name servers, clock and time server
  journal.json        the database: state, size, records, commits
  configuration.toml  the configuration as it was written, secrets as (kept)
  configuration.json  the same with every default
  versions.json       earlier versions: when, by whom, what changed
  metrics.txt         every metric, as Prometheus reads it
  log.txt, log.jsonl  the last {kept} messages of the log of this run, information and above
  meminfo.txt, uptime.txt, loadavg.txt, os-release.txt, software.txt
                      memory, load, and the versions of all software

Left out
  Secrets: passwords, tokens, codes, what a file of a password holds, user and password in any address.
  (kept) stands in their place. Keys of certificates, accounts, sessions and the audit log are not read.
  Readings of people: heart rate, RR intervals, heart-rate variability, zone, contact, signal quality,
  waveforms, and the packets of devices. Nothing of the journal's records is inside.

Still inside
  Names: of players as they are configured, of the board, its network and its devices, addresses included.
  Give it only to who may know these.

A file that is full ends with "cut here"; all together are 5 MB at most.
"""


def readme(node: NodeStatus, kept: int) -> str:
    """Return the text of README.txt.

    Args:
        node: whose bundle it is.
        kept: how many messages of the log there are at most.
    """
    clock = {"synced": "set", "unsynced": "not set"}[node.clock]
    return _TEXT.format(
        site=node.site, node=node.node, version=__version__, utc=node.utc, clock=clock, kept=kept
    )
