"""The adapter under the guest's own kernel."""

import asyncio

from bumble import hci
from bumble.controller import Controller
from bumble.ll import TerminateInd
from bumble.transport import open_transport

from tests.field.straps.air import Air


class Adapter(Controller):  # type: ignore[misc]  # bumble is Any outside the guest, where alone it is installed
    """A controller of Bluetooth 4.2 that keeps promises which ``bumble`` 0.0.236 does not.

    A kernel that gives up a connection attempt, or starts anew, would find its adapter busy for ever. One
    that is told of privacy or extended advertising waits for the *enhanced* completion of each connection,
    which never comes, and does nothing else for 4 s.
    """

    le_features = (
        hci.LeFeatureMask.LE_ENCRYPTION
        | hci.LeFeatureMask.CONNECTION_PARAMETERS_REQUEST_PROCEDURE
        | hci.LeFeatureMask.EXTENDED_REJECT_INDICATION
        | hci.LeFeatureMask.PERIPHERAL_INITIATED_FEATURE_EXCHANGE
        | hci.LeFeatureMask.LE_PING
    )

    def on_hci_reset_command(self, command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        """Forget scan and connections (Core 5.3, Vol 4 E 7.3.2); the straps are told."""
        self.le_scan_enable = False
        self.pending_le_connection = None
        for connection in list(self.le_connections.values()):
            connection.send_ll_control_pdu(
                TerminateInd(hci.HCI_ErrorCode.REMOTE_DEVICE_TERMINATED_CONNECTION_DUE_TO_POWER_OFF_ERROR)
            )
            del self.le_connections[connection.peer_address]
        return super().on_hci_reset_command(command)

    def on_hci_le_create_connection_cancel_command(
        self, command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Give up the attempt, and say so in its place (Core 5.3, Vol 4 E 7.8.13)."""
        attempt, self.pending_le_connection = self.pending_le_connection, None
        if attempt is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        asyncio.get_running_loop().call_soon(self.send_hci_packet, _cancelled(attempt.peer_address))
        return super().on_hci_le_create_connection_cancel_command(command)


async def plug_in(air: Air, address: str) -> Adapter:
    """Give the kernel an adapter: it appears as ``hci0``, or the next free."""
    transport = await open_transport("vhci")
    return Adapter(
        "adapter",
        host_source=transport.source,
        host_sink=transport.sink,
        link=air,
        public_address=f"{address}/P",
    )


def _cancelled(peer: hci.Address) -> hci.HCI_LE_Connection_Complete_Event:
    return hci.HCI_LE_Connection_Complete_Event(
        status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
        connection_handle=0,
        role=hci.Role.CENTRAL,
        peer_address_type=peer.address_type,
        peer_address=peer,
        connection_interval=0,
        peripheral_latency=0,
        supervision_timeout=0,
        central_clock_accuracy=0,
    )
