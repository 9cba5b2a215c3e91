"""What is between the radios, in place of ``bumble.link.LocalLink``: low energy only, with ranges."""

import asyncio

from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.hci import HCI_CONNECTION_TIMEOUT_ERROR, Address
from bumble.ll import AdvertisingPdu, ControlPdu
from bumble.lmp import Packet as LmpPacket


class Air:
    """Carries packets between controllers that are in range.

    Like ``LocalLink``, except that a packet keeps the address of its connection: ``LocalLink`` stamps it with
    the sender's random address of the moment, which Linux changes for every scan, and it is not understood.
    """

    def __init__(self) -> None:
        self._controllers: list[Controller] = []
        self._away: set[Controller] = set()
        self._hung: set[Controller] = set()

    def set_in_range(self, controller: Controller, *, in_range: bool) -> None:
        """Have packets from and to a controller arrive, or not."""
        if in_range:
            self._away.discard(controller)
        else:
            self._away.add(controller)

    def set_answering(self, controller: Controller, *, answering: bool) -> None:
        """Have what is behind a controller answer, or not; its connections stay up."""
        if answering:
            self._hung.discard(controller)
        else:
            self._hung.add(controller)

    def time_out(self, controller: Controller) -> None:
        """End its connections as both sides do when they hear nothing any more (Core 5.3, Vol 6 B 4.5.2)."""
        for connection in list(controller.le_connections.values()):
            peer = self._find(connection.peer_address)
            controller.on_le_disconnected(connection, HCI_CONNECTION_TIMEOUT_ERROR)
            if peer is not None and connection.self_address in peer.le_connections:
                other = peer.le_connections[connection.self_address]
                peer.on_le_disconnected(other, HCI_CONNECTION_TIMEOUT_ERROR)

    def add_controller(self, controller: Controller) -> None:
        """Bring a controller into range."""
        self._controllers.append(controller)

    def on_address_changed(self, controller: Controller) -> None:
        """Connections keep the address that they were made with."""

    def send_advertising_pdu(self, sender_controller: Controller, packet: AdvertisingPdu) -> None:
        """Send to all."""
        for receiver in self._controllers:
            if receiver is not sender_controller and self._carries(sender_controller, receiver):
                asyncio.get_running_loop().call_soon(receiver.on_ll_advertising_pdu, packet)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Send over a connection."""
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self._find(destination_address)
        if self._hung & {sender_controller, receiver}:
            return
        if connection and receiver and self._carries(sender_controller, receiver):
            asyncio.get_running_loop().call_soon(
                receiver.on_link_acl_data, connection.self_address, transport, data
            )

    def send_ll_control_pdu(
        self, sender_address: Address, receiver_address: Address, packet: ControlPdu
    ) -> None:
        """Send what the controllers of a connection say to each other."""
        sender, receiver = self._find(sender_address), self._find(receiver_address)
        if sender and receiver and self._carries(sender, receiver):
            asyncio.get_running_loop().call_soon(receiver.on_ll_control_pdu, sender_address, packet)

    def send_lmp_packet(
        self, sender_controller: Controller, receiver_address: Address, packet: LmpPacket
    ) -> None:
        """Nobody here speaks BR/EDR."""

    def _carries(self, sender: Controller, receiver: Controller) -> bool:
        return sender not in self._away and receiver not in self._away

    def _find(self, address: Address) -> Controller | None:
        """Return whose address it is, of a connection or else of itself."""
        for controller in self._controllers:
            if any(each.self_address == address for each in controller.le_connections.values()):
                return controller
        for controller in self._controllers:
            if address in (controller.random_address, controller.public_address):
                return controller
        return None
