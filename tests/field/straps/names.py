"""What both sides of the border of the guest must know."""

from typing import Final

ADAPTER: Final = "F0:F1:F2:F3:F4:F5"

STRAPS: Final = {
    "edged-strap-1": "C0:00:00:00:00:01",
    "edged-strap-2": "C0:00:00:00:00:02",
    "edged-strap-3": "C0:00:00:00:00:03",
}
"""Names to static random addresses."""

CONTROL_PORT: Final = 7000
"""Where the straps are told what to do, in the guest."""

PAGE_PORT: Final = 8081
"""Where the node's page is reached from outside its loopback, in the guest."""
