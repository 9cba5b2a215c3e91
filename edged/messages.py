"""Every message of the log that an operator may look for: one literal table, the ids for ever the same.

``journalctl MESSAGE_ID=...`` finds one; docs/messages.md is generated from this.
"""

from collections.abc import Mapping
from logging import CRITICAL, ERROR, INFO, WARNING
from typing import Final

from edged.log import Message

# The node
NODE_STARTING: Final = Message(
    "node_starting",
    "30778a02077a4b1681ff521a08667155",
    INFO,
    "edged %(version)s starts as %(node)s: %(sources)d sources, %(subjects)d subjects",
    "The daemon starts, or starts anew under another configuration.",
)
NODE_READY: Final = Message(
    "node_ready",
    "a5cd4f146f764c719a1aae8ab84ddf0a",
    INFO,
    "%(node)s is ready: %(status)s",
    "The first source streams, or ten seconds have passed without one.",
)
NODE_STOPPING: Final = Message(
    "node_stopping",
    "d166368a2fa742c8804a8c3ea505e99b",
    INFO,
    "%(node)s takes its leave",
    "It was told to stop (SIGTERM, Ctrl-C).",
)
NODE_STOPPED: Final = Message(
    "node_stopped",
    "111b00bd9f2b4f56a026da9a72facbe3",
    INFO,
    "%(node)s has stopped: %(committed)d records and events kept, %(backlog)d wait for the broker",
    "The daemon has ended in order.",
)
NOT_ALL_DELIVERED: Final = Message(
    "not_all_delivered",
    "6ab4b911115b48e2bb0ee520bcc2b4d1",
    WARNING,
    "not everything was delivered before the stop; the rest goes out after the next start",
    "The broker did not take the backlog within the seconds that a stop may take.",
    "Nothing is lost: start it again.",
)
SAFE_MODE: Final = Message(
    "safe_mode",
    "5648037069e8448f88e7c217b6ea2bd9",
    ERROR,
    "safe mode, nothing is measured: %(reason)s",
    "The daemon could not run, and the page alone was started.",
    "Mend what it says; the daemon is tried again by itself.",
)
WATCHDOG_WITHHELD: Final = Message(
    "watchdog_withheld",
    "54d29630ea314e56933295cb70a2e661",
    CRITICAL,
    "the %(part)s has not moved for %(patience_s)g s: the watchdog is not fed any more",
    "The way of the data stands still; systemd ends the daemon and starts it again.",
    "If it comes again, look whether the disk hangs (`dmesg`), and report it with the log.",
)
WATCHDOG_FED: Final = Message(
    "watchdog_fed",
    "4bdc87828d4048599e9eb5cf8064696a",
    INFO,
    "the %(part)s moves again: the watchdog is fed",
    "The way of the data moves again before systemd's patience was over.",
)
CLOCK_NOT_SET: Final = Message(
    "clock_not_set",
    "10c5e137aa3443f08d72879af517a514",
    WARNING,
    "the clock is not set: times are corrected once it is",
    "The system's clock is not synchronised: nobody can say what time it is.",
    "See that a time server can be reached: `timedatectl status`.",
)
CLOCK_SET: Final = Message(
    "clock_set",
    "f43afcca2f5e43acbd925948bd5343c9",
    INFO,
    "the clock is set: it stepped by %(step_s)+.3f s",
    "The system's clock has found its time server; what was stamped before is corrected.",
)
CLOCK_STEPPED: Final = Message(
    "clock_stepped",
    "ef38aa77108643d89a6d3b8f8b3793e9",
    WARNING,
    "the clock stepped by %(step_s)+.3f s",
    "Somebody, or the time server, has set the system's clock to another time.",
    "See who does: `timedatectl status`. Times are recorded with the step.",
)

# The configuration
CONFIGURATION_WRONG: Final = Message(
    "configuration_wrong",
    "ec9d957cc5a140f19ecf59cdbdface3f",
    CRITICAL,
    "the configuration is wrong: %(reason)s",
    "The daemon cannot start with its configuration, and ends with status 78.",
    "Mend the line that it names; `edged check -c FILE` checks it.",
)
CONFIGURATION_APPLIED: Final = Message(
    "configuration_applied",
    "bc76ca213e444ebbbd9d3d4448a32feb",
    INFO,
    "the configuration changes (%(by)s): %(changes)s",
    "A new configuration holds.",
)
CONFIGURATION_REFUSED: Final = Message(
    "configuration_refused",
    "f6c0476711c241608d39e6b59e8c77f8",
    ERROR,
    "the configuration is not applied: %(reason)s",
    "The file was read anew and is wrong; the configuration before it goes on.",
    "Mend the line that it names, and reload again.",
)
CONFIGURATION_TAKEN_BACK: Final = Message(
    "configuration_taken_back",
    "848535f70c424d8f9faec65bb0264274",
    ERROR,
    "the change of the configuration is taken back: %(reason)s",
    "Within 30 s of a change something that it touches did not come back.",
    "Look after what it names, then change it again.",
)
CONFIGURATION_NOT_KEPT: Final = Message(
    "configuration_not_kept",
    "b50c143df2fc483593c1137b962e1293",
    WARNING,
    "this version of the configuration is not kept: its folder cannot be written",
    "The history of configurations cannot be written; the configuration itself holds.",
    "Let the user edged write to the folder of the configuration.",
)

# Sources
SOURCE_LIVE: Final = Message(
    "source_live",
    "8b34b22e30cd4a988b6f7c5fa5095fc6",
    INFO,
    "source %(source)s: live",
    "The first packet of a source went through.",
)
SOURCE_LOST: Final = Message(
    "source_lost",
    "b1dc88f88b484f69aa8481c6142b86ec",
    WARNING,
    "source %(source)s: %(reason)s",
    "A source is lost, or something else than before is in its way; it is tried again by itself.",
    "As it says: mostly put the strap on, charge it, bring it nearer, or plug it in.",
)
SOURCE_BACK: Final = Message(
    "source_back",
    "19444a3773694b80a0e22fc3db13867a",
    INFO,
    "source %(source)s: back after %(away_s).0f s",
    "A source that was lost streams again.",
)
SOURCE_FAILED: Final = Message(
    "source_failed",
    "c4384a0716974f4db980ceb9de826c3a",
    ERROR,
    "source %(source)s: %(reason)s",
    "A source cannot work as configured, and is not tried again.",
    "Change its configuration as it says.",
)
SOURCE_ENDED: Final = Message(
    "source_ended",
    "329b18c67ccb4621bfab8876ffba6d09",
    INFO,
    "source %(source)s: its recording has been played to its end",
    "A trace was replayed.",
)
SOURCE_DEFECT: Final = Message(
    "source_defect",
    "cbaf1e4404204421bff0da3413ae4cce",
    ERROR,
    "source %(source)s: %(reason)s",
    "A driver made a mistake; only its source is started anew.",
    "Report it with the log.",
)
SCAN_DEFECT: Final = Message(
    "scan_defect",
    "39c48a51124b4d7299675bbf4e25c08e",
    ERROR,
    "the look around for %(kind)s devices: %(reason)s",
    "A scanner made a mistake; nothing else notices.",
    "Report it with the log. Sources can be configured without a look around.",
)
SOURCE_FAULTS: Final = Message(
    "source_faults",
    "2e6166987b104901bc6f299ce037b8e6",
    WARNING,
    "source %(source)s: %(reason)s (%(faults)d so far)",
    "A packet, or part of one, could not be understood; at most once a minute.",
    "A few are the radio's or the cable's. With many: is it the right decoder, baud rate, firmware?",
)
TRACE_NOT_RECORDED: Final = Message(
    "trace_not_recorded",
    "955cfee363e24b84851ceea02414d564",
    ERROR,
    "source %(source)s: its trace is not recorded: %(reason)s",
    "The file named in `trace` cannot be written; the source runs without.",
    "Name a file in a folder that edged may write to.",
)
TRACE_ENDED: Final = Message(
    "trace_ended",
    "3033db4beba64f63bb01a17b207f51c7",
    ERROR,
    "source %(source)s: its trace ends here: %(reason)s",
    "The file named in `trace` could not be written any further; the source runs on.",
    "Make room on the disk.",
)
TRACE_BROKEN: Final = Message(
    "trace_broken",
    "a83b7594c3d340e4a822acb5ed8555f1",
    WARNING,
    "%(file)s: %(lines)d broken lines were left out, the first is line %(line)d",
    "A trace that was replayed has lines that are no packets.",
    "Record it anew, or take those lines out.",
)

# Bluetooth
BLUETOOTH_DOWN: Final = Message(
    "bluetooth_down",
    "6fda97b78b6c4909a2ba7709525eadb9",
    WARNING,
    "Bluetooth: %(reason)s",
    "No adapter, no bluetoothd, no D-Bus, or no right to use them.",
    "As it says; see docs/bluetooth.md.",
)
BLUETOOTH_BACK: Final = Message(
    "bluetooth_back",
    "44cccb8085df4827b84c495311e896a1",
    INFO,
    "Bluetooth: well again",
    "What was in the way of all adapters is over.",
)
ADAPTER_DOWN: Final = Message(
    "adapter_down",
    "fde51a25c8ad447488914c488daf480c",
    WARNING,
    "adapter %(adapter)s: %(reason)s",
    "An adapter is unplugged, switched off, blocked, or hangs.",
    "As it says; it is reset by itself where that may help.",
)
ADAPTER_BACK: Final = Message(
    "adapter_back",
    "bf6d8131a60a4e7ebb95abca262b5eb2",
    INFO,
    "adapter %(adapter)s: well again",
    "An adapter that was down is up.",
)
ADAPTER_RESET: Final = Message(
    "adapter_reset",
    "a85639c09e024b0fb533490cd36c71b9",
    WARNING,
    "adapter %(adapter)s (%(name)s): %(reason)s: %(rung)s",
    "An adapter hangs and is reset.",
    "If it comes again and again: another USB port, a powered hub, another adapter.",
)
ADAPTER_NOT_RESETTABLE: Final = Message(
    "adapter_not_resettable",
    "10e33c11357a4e9d823e80c130a64822",
    WARNING,
    "adapter %(adapter)s: its plug cannot be reset: no permission in /sys",
    "A hanging adapter should be plugged out and in by software, and edged may not.",
    "Install the udev rules, or plug it out and in.",
)
STRAP_CONNECTED: Final = Message(
    "strap_connected",
    "0c700d63dc3b4835916dab70c553cad5",
    INFO,
    "source %(source)s: connected over %(adapter)s, MTU %(mtu)d",
    "A device is connected and subscribed to.",
)
STRAP_WITHOUT: Final = Message(
    "strap_without",
    "6894f8596f0045f585747de9ce8999a9",
    INFO,
    "source %(source)s: %(reason)s; it is tried again",
    "Something optional of a device cannot be had; the rest streams.",
)
STRAP_NOT_TOLD: Final = Message(
    "strap_not_told",
    "d14f8cc99a0a4160853d6e8426622f82",
    INFO,
    "source %(source)s: %(reason)s",
    "A device did not take a command that it can do without.",
)

# Serial ports
PORT_OPENED: Final = Message(
    "port_opened",
    "33e134f3485442f199ae493e754507b3",
    INFO,
    "source %(source)s: opened %(port)s at %(baud)d baud",
    "A port is open.",
)
PORT_WITHOUT_DTR: Final = Message(
    "port_without_dtr",
    "62710808c0cf49c0b9adb3ab137a42ab",
    INFO,
    "source %(source)s: the port has no DTR line: the device is not reset",
    "`reset=1` is asked of a port that cannot do it.",
    "Take reset=1 out of the link.",
)
PORT_RATE_TRIED: Final = Message(
    "port_rate_tried",
    "15e0e51c97274f3985f8c99aef215821",
    INFO,
    "source %(source)s: nothing valid at %(before)d baud; trying %(baud)d",
    "The baud rate is searched for.",
)
PORT_RATE_ALONE: Final = Message(
    "port_rate_alone",
    "0fb4eb4364a14341a9e565f70c0166ba",
    INFO,
    "source %(source)s: no other rate to try than %(baud)d baud",
    "Nothing valid comes, and the link names one rate only.",
    "Check baud= of the link against the device.",
)
PORT_RATE_AGREED: Final = Message(
    "port_rate_agreed",
    "8322e18487914c26a3efdb278d1877c0",
    INFO,
    "source %(source)s: going on at %(baud)d baud",
    "Device and decoder have agreed on a faster rate.",
)
PORT_ORDER_UNKNOWN: Final = Message(
    "port_order_unknown",
    "ad299a1dba82457a8c1265e300887a72",
    WARNING,
    "source %(source)s: the line knows no order %(order)s",
    "A decoder wants something of its line that there is not.",
    "Report it with the log.",
)

# The journal
JOURNAL_OPEN: Final = Message(
    "journal_open",
    "cae818eb2ea645e1acbf4b8e08478dfe",
    INFO,
    "the journal is open: %(file)s, epoch %(epoch)s, last record %(head)d",
    "The local store takes what is received.",
)
JOURNAL_FAILING: Final = Message(
    "journal_failing",
    "fe0f29e929f043edb29ac078b64ff23e",
    ERROR,
    "nothing is recorded: %(reason)s",
    "The local store cannot be opened or written; live values go on, and what comes waits in memory.",
    "As it says: space, permissions, or the card itself.",
)
JOURNAL_BACK: Final = Message(
    "journal_back",
    "08e09efff8de4263a348606a408dfd82",
    INFO,
    "the journal is written again after %(away_s).0f s",
    "The local store works again; what waited in memory is kept.",
)
JOURNAL_QUARANTINED: Final = Message(
    "journal_quarantined",
    "0d0b82d571034c82a543ba28c23a231b",
    ERROR,
    "a damaged journal is set aside as %(file)s, and a new one begun: %(reason)s",
    "The local store was damaged: a power cut, or a card that wears out.",
    "Keep the file if its records matter; if it comes again, replace the card.",
)
JOURNAL_FORCED_OUT: Final = Message(
    "journal_forced_out",
    "11195e965a9745738e790acbe3919fbb",
    WARNING,
    "%(records)d records were removed that nobody has received, the newest %(last)d: the journal is full",
    "The store has reached its cap and the broker has not taken what is in it.",
    "Bring the broker back, or raise journal.max_size_mb.",
)
JOURNAL_QUEUE_FULL: Final = Message(
    "journal_queue_full",
    "8c890c41a35b4a41abecad82d8383db2",
    WARNING,
    "the queue for the disk was full: %(lost)d values of %(stream)s are lost",
    "The disk did not answer for so long that memory was full; waveforms go first.",
    "Replace the card, or raise journal.queue_chunks.",
)

# The broker
BROKER_CONNECTED: Final = Message(
    "broker_connected",
    "493243b6ccf94355b96d31b39b41aeaf",
    INFO,
    "the broker is connected: %(broker)s, MQTT %(version)s",
    "A connection to the broker stands.",
)
BROKER_LOST: Final = Message(
    "broker_lost",
    "4ad9f7d694c04d3a8348197a996a4f44",
    WARNING,
    "no broker: %(reason)s",
    "The broker cannot be reached, or the connection broke; it is tried again, nothing is lost meanwhile.",
    "As it says: network, address, the broker itself.",
)
BROKER_REFUSED: Final = Message(
    "broker_refused",
    "2144cfbb5c1642c4a45604fed157c85f",
    ERROR,
    "the broker refuses: %(reason)s",
    "The broker answers, and says no: credentials, permissions, its limits.",
    "Check username and password, and what the broker allows this node.",
)

TEST_ACKNOWLEDGED: Final = Message(
    "test_acknowledged",
    "dbf449649f484044a701c68ac9875550",
    INFO,
    "a test message was acknowledged by the broker after %(ms)s ms: asked for by %(by)s",
    "Somebody has tried the way to the broker, and it is open.",
)
TEST_FAILED: Final = Message(
    "test_failed",
    "524e8ef9de5241bf8a4d4cb9264aba9c",
    WARNING,
    "a test message did not come through, asked for by %(by)s: %(reason)s",
    "Somebody has tried the way to the broker. Records wait, and are delivered once it is open.",
    "As it says; `edged doctor` looks at every step of the way.",
)

# Beside the data's way

COLLECTOR_FAILED: Final = Message(
    "collector_failed",
    "79475d9df11f48f4ba3c5e889ba7330b",
    WARNING,
    "metrics are not taken by the collector at %(collector)s: %(reason)s. "
    "It is tried again by itself; everything else runs on.",
    "The OpenTelemetry collector is not there, or refuses; it is tried again, everything else runs on.",
    "Check telemetry.otlp_url and the collector.",
)

COLLECTOR_BACK: Final = Message(
    "collector_back",
    "a371b2b6905a4029bf9aa9d651edf60b",
    INFO,
    "the collector at %(collector)s takes metrics again",
    "The OpenTelemetry collector is back.",
)

COLLECTOR_IMPOSSIBLE: Final = Message(
    "collector_impossible",
    "9d4636cbc3cd439c8a77681c707ee349",
    ERROR,
    "%(reason)s Everything else runs on.",
    "Metrics are to be sent to a collector, and what that takes is not installed.",
    "As it says: install it, or remove telemetry.otlp_url.",
)

NOTE_NOT_WRITTEN: Final = Message(
    "note_not_written",
    "12d85f38303d4f29b18222fec8c81d8c",
    WARNING,
    "%(file)s cannot be written: %(reason)s",
    "The note beside a configuration from the boot partition could not be written.",
    "None: the configuration itself was dealt with; the partition is read-only.",
)
FIRST_BOOT_LEFT: Final = Message(
    "first_boot_left",
    "3b36add7a6fb4fc3b888a942ce081dd8",
    WARNING,
    "%(file)s is taken, and cannot be removed from there: %(reason)s",
    "The configuration from the boot partition holds; the partition is read-only.",
    "Remove it on a PC: there may be a password in it. It is not taken twice.",
)
CHECK_FAILED: Final = Message(
    "check_failed",
    "60d89f58274f4c7a823b55033ff576b6",
    ERROR,
    "the check %(check)s failed itself",
    "A check of edged doctor met something that it does not know; the others were made.",
    "Look yourself at what it looks at, and report this with the log.",
)

# Access to the page
BOARD_NOT_CLAIMED: Final = Message(
    "board_not_claimed",
    "30de7a9168404b258c49e45f3369b1d1",
    WARNING,
    "nobody has claimed this board: the code is %(code)s",
    "The page has no accounts yet. From elsewhere it answers to nothing but a claim with this code.",
    "Open the page, and claim the board; `edged claim` tells the code that holds now.",
)
BOARD_CLAIMED: Final = Message(
    "board_claimed",
    "f85da88b84fb414988f23070f4e942be",
    INFO,
    "%(account)s has claimed this board from %(address)s",
    "The first account was made; from now on everybody logs in.",
)
LOG_IN_REFUSED: Final = Message(
    "log_in_refused",
    "4b24ff975ded44a4905c939c2bbff26a",
    WARNING,
    "a log-in from %(address)s was refused",
    "Name or password were wrong. After five failures each further try waits, up to a quarter of an hour.",
    "If nobody of yours has mistyped, look who has that address.",
)
ACCOUNT_CHANGED: Final = Message(
    "account_changed",
    "fd2a6420b7e44f2f8cc4636ec905d368",
    INFO,
    "account %(account)s, %(what)s: by %(by)s",
    "An account was added, changed or removed; the audit log says more.",
)
ACCESS_LOCKED: Final = Message(
    "access_locked",
    "8024e8d74c754174859bbcdd47afdeb8",
    ERROR,
    "nobody can log in: %(reason)s",
    "The file of accounts cannot be used. The page lets nobody in; everything else runs on.",
    "Mend what it says, or set it aside and claim the board again: `edged claim --anew`.",
)
NOT_AUDITED: Final = Message(
    "not_audited",
    "64cf6a4c44d2431482712945e4b23210",
    ERROR,
    "%(what)s by %(account)s is not in the audit log: %(reason)s",
    "Something was changed, and the file of accounts did not take the entry.",
    "Look after the disk: `edged doctor`.",
)

# The page
BUNDLE_TAKEN: Final = Message(
    "bundle_taken",
    "d3fa24e1aaae4444a6e711574508a37f",
    INFO,
    "the diagnostics bundle %(bundle)s was taken by %(by)s",
    "Somebody has downloaded what is known of this node; secrets and readings are not in it.",
)
PAGE_LISTENING: Final = Message(
    "page_listening",
    "23a2ffee37124e05a8442810a0bef655",
    INFO,
    "the page listens on %(where)s",
    "The page and the API answer there.",
)
PAGE_NOT_LISTENING: Final = Message(
    "page_not_listening",
    "01a8134a9ccf46dc89b65b60ce20d6e5",
    ERROR,
    "%(reason)s Everything else runs on.",
    "The page's port, or the socket of local commands, cannot be had; it is tried again by itself.",
    "As it says: stop the other program, or change web.port, web.host or web.socket.",
)

# The log itself
LOG_RECORDS_LOST: Final = Message(
    "log_records_lost",
    "f737f2d7658d4c7b94c08dc2b9df4741",
    WARNING,
    "the log has lost %(records)d messages: the system's journal did not take them",
    "systemd-journald was too slow, or stood still; the daemon does not wait for it.",
    "Look after systemd-journald: `systemctl status systemd-journald`.",
)

MESSAGES: Final[Mapping[str, Message]] = {
    value.name: value for value in list(globals().values()) if isinstance(value, Message)
}
"""All of them, by name."""
