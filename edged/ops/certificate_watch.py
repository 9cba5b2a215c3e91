"""Keeps an eye on the broker's TLS certificate: of the uplink's connection, or where that fails."""

from collections.abc import Callable, Sequence
from typing import Final

from edged.clock import Clock
from edged.errors import EdgedError
from edged.model import NS_PER_S
from edged.ops.doctor.certificate import certificate_findings
from edged.ops.doctor.finding import Finding
from edged.ops.doctor.threads import Threads
from edged.publish.address import BrokerAddress
from edged.publish.broker import Broker
from edged.publish.certificate import Certificate, Inspection, inspect, understood

_LOOK_S: Final = 1.0
_AGAIN_S: Final = 30.0
_TLS: Final = ("mqtts:", "wss:")


class CertificateWatch:
    """Looks a second time at the broker only while the uplink is kept out: then its certificate may be why.

    Args:
        clock: the node's.
        threads: for what blocks.
        address: returns where the broker is; None where there is none.
        broker: returns the connection as it is now.
    """

    def __init__(
        self,
        clock: Clock,
        threads: Threads,
        address: Callable[[], BrokerAddress | None],
        broker: Callable[[], Broker | None],
    ) -> None:
        self._clock = clock
        self._threads = threads
        self._address = address
        self._broker = broker
        self._inspection: Inspection | None = None
        self._inspected_url = ""
        self._inspected_ns: int | None = None

    def findings(self) -> Sequence[Finding]:
        """Return what there is to say of it; nothing without TLS, or where nobody shows one."""
        address = self._secured()
        if address is None:
            return ()
        inspection = self._of_session()
        if inspection is None and self._inspected_url == address.url:
            inspection = self._inspection
        if inspection is None:
            return ()
        now_s = self._clock.utc_ns() / NS_PER_S
        return certificate_findings(inspection, address, now_s, self._clock.quality())

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._clock.sleep(_LOOK_S)
            address = self._secured()
            if address is not None and self._is_due(address):
                await self._inspect(address)

    def _secured(self) -> BrokerAddress | None:
        address = self._address()
        return address if address is not None and address.url.startswith(_TLS) else None

    def _is_due(self, address: BrokerAddress) -> bool:
        broker = self._broker()
        if broker is None or broker.state not in {"unreachable", "refused"} or broker.session is not None:
            return False
        if self._inspected_ns is None or self._inspected_url != address.url:
            return True
        return self._clock.mono_ns() - self._inspected_ns > _AGAIN_S * NS_PER_S

    async def _inspect(self, address: BrokerAddress) -> None:
        try:
            self._inspection = await self._threads.run("certificate of the uplink", lambda: inspect(address))
        except (OSError, EdgedError):  # what is wrong with the way there is said of the connection
            self._inspection = None
        self._inspected_url, self._inspected_ns = address.url, self._clock.mono_ns()

    def _of_session(self) -> Inspection | None:
        broker = self._broker()
        shown = broker.session.peer_certificate() if broker and broker.session else {}
        certificate: Certificate | None = understood(shown) if shown else None
        return Inspection(certificate, None, "", ()) if certificate else None
