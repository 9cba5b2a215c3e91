"""Writes what the table of messages says: the reference page, and systemd's message catalog."""

import re
from logging import getLevelName
from typing import Final

from edged.messages import MESSAGES

_HEAD: Final = """# Messages

What edged writes into the log, from the level info up. Each kind has an id that never changes:

```sh
journalctl -u edged                                # everything
journalctl -u edged -x                             # with the mend (Debian package)
journalctl MESSAGE_ID={id}   # one kind: {name}
journalctl -u edged EDGED_SOURCE=strap-1           # what is about one source
journalctl -u edged -p warning -o json             # for a program
```

Beside systemd's own, an entry has the fields `EDGED_NODE`, `EDGED_MESSAGE` (the name), `EDGED_LOGGER`, and
those of its text, such as `EDGED_SOURCE`, `EDGED_SUBJECT`, `EDGED_REASON`. What only repeats within a minute
is counted, and told once: `… 37 more in the last 60 s`, with `EDGED_REPEATS`. What was measured is in no
entry above debug. `GET /api/v1/logs` has the last 500. Without systemd's journal the same goes to standard
error, in lines. This page is generated from the table (`make docs`).
"""
_EXAMPLE: Final = "source_lost"


def markdown() -> str:
    """Return the reference page."""
    lines = [_HEAD.format(id=MESSAGES[_EXAMPLE].id, name=_EXAMPLE)]
    for message in MESSAGES.values():
        lines += [
            f"## `{message.name}`",
            "",
            f"{getLevelName(message.level).lower()}, `{message.id}`",
            "",
            f"> {_shown(message.text)}",
            "",
            message.when,
            *(["", f"Mend: {message.mend}"] if message.mend else []),
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def catalog() -> str:
    """Return the catalog for ``journalctl -x`` (https://systemd.io/CATALOG/)."""
    lines = ["# Generated from edged/messages.py (make docs)."]
    for message in MESSAGES.values():
        subject = re.sub(r"%\((\w+)\)[^a-z]*[a-z]", lambda found: f"@EDGED_{found[1].upper()}@", message.text)
        lines += [
            "",
            f"-- {message.id}",
            f"Subject: {subject}",
            "Defined-By: edged",
            "",
            message.when,
            *([message.mend] if message.mend else []),
        ]
    return "\n".join(lines) + "\n"


def _shown(template: str) -> str:
    """Return a text with its fields as a reader takes them: SOURCE."""
    return re.sub(r"%\((\w+)\)[^a-z]*[a-z]", lambda found: f"*{found[1]}*", template)
