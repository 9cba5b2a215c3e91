"""The front of a fake BlueZ: every call is written down, meets its fault or its method, and is answered."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Final

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from edged.clock import Clock
from tests.rigs.bluez_daemon import Bluetoothd, expects_reply
from tests.rigs.bluez_equipment import Hardware, short_uuid
from tests.rigs.bluez_faults import CANCELED, FAILED, BluezError, Cure, Fault, Faults
from tests.rigs.bluez_methods import Answer, Methods, World
from tests.rigs.bluez_objects import GATT_CHARACTERISTIC, PROPERTIES

NAME: Final = "org.bluez"


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was made.

    Attributes:
        member: the method; ``Set Powered`` and the like for properties.
        path: of the object.
        arguments: as they came, with a property's value bare.
        mono_ns: when.
    """

    member: str
    path: str
    arguments: tuple[Any, ...] = field(default=(), compare=False)
    mono_ns: int = field(default=0, compare=False)


class BluezService:
    """One life of ``org.bluez``, from taking the name to leaving the bus.

    Args:
        address: of the bus.
        hardware: what there is.
        clock: lets time pass.
        faults: what goes wrong.
        calls: where calls are written down.
        world: what methods do to the hardware.
    """

    def __init__(
        self,
        address: str,
        hardware: Hardware,
        clock: Clock,
        faults: Faults,
        calls: list[Call],
        world: World,
    ) -> None:
        self.daemon = Bluetoothd(address, hardware, clock)
        self.methods = Methods(self.daemon, world)
        self._clock = clock
        self._faults = faults
        self._calls = calls
        self._hung: list[tuple[Fault, Message]] = []
        self._bus: MessageBus | None = None

    async def start(self) -> None:
        """Show what is there, then take the name."""
        self._bus = await self.daemon.start()
        self._bus.add_message_handler(self._on_message)
        await self._bus.request_name(NAME)

    async def close(self) -> None:
        """Leave the bus, without a word; the bus itself answers what was not answered."""
        await self.daemon.close()

    def release(self, cure: Cure, addresses: frozenset[str]) -> None:
        """Answer calls that hung and do no longer."""
        for hanging in list(self._hung):
            fault, call = hanging
            if cure in fault.cures and fault.on in addresses | {""}:
                self._hung.remove(hanging)
                self._reply_error(call, BluezError(FAILED, CANCELED))

    def _on_message(self, message: Message) -> bool | None:
        if message.message_type is MessageType.SIGNAL:
            if message.member == "NameOwnerChanged":
                self.daemon.activity += 1
                name, _, owner = message.body
                if not owner:
                    self.daemon.forget_client(name)
            return None
        assert self._bus is not None
        if message.message_type is not MessageType.METHOD_CALL or message.destination not in {
            NAME,
            self._bus.unique_name,
        }:
            return None
        if message.interface in {"org.freedesktop.DBus.Introspectable", "org.freedesktop.DBus.Peer"}:
            return None
        self.daemon.activity += 1
        self._take(message)
        return True

    def _take(self, message: Message) -> None:
        call = self._write_down(message)
        about = message.body[0] if message.member == "RemoveDevice" else call.path
        uuid = self.daemon.tree.get(call.path, GATT_CHARACTERISTIC, "UUID")
        channel = short_uuid(uuid) if uuid else ""
        if call.member in {"Connect", "Pair"}:
            self.daemon.keep(call.path)
        fault = self._faults.meet(call.member, self.daemon.hardware.addresses_at(about), channel)
        if fault is None:
            self._answer(message)
        elif fault.after_s:
            self.daemon.spawn(self._meet_later(fault, message), "slow")
        else:
            self._meet(fault, message)

    def _write_down(self, message: Message) -> Call:
        member, arguments = message.member or "", tuple(message.body)
        if message.interface == PROPERTIES and member == "Set":
            member, arguments = f"Set {arguments[1]}", (arguments[2].value,)
        call = Call(member, message.path or "", arguments, self._clock.mono_ns())
        self._calls.append(call)
        return call

    async def _meet_later(self, fault: Fault, message: Message) -> None:
        await self._clock.sleep(fault.after_s)
        if fault.error:
            self._meet(fault, message)
        else:
            self._answer(message)  # it was only slow

    def _meet(self, fault: Fault, message: Message) -> None:
        if fault.error:
            self._reply_error(message, BluezError(fault.error, fault.text))
        else:
            self._hung.append((fault, message))

    def _answer(self, message: Message) -> None:
        try:
            answer = self.methods.answer(message)
        except BluezError as error:
            self._reply_error(message, error)
            return
        if isinstance(answer, Answer):
            self._reply(message, answer)
        else:
            self.daemon.spawn(self._answer_later(message, answer), message.member or "")

    async def _answer_later(self, message: Message, answer: Awaitable[Answer]) -> None:
        try:
            self._reply(message, await answer)
        except BluezError as error:
            self._reply_error(message, error)

    def _reply(self, message: Message, answer: Answer) -> None:
        if expects_reply(message):
            self.daemon.send(Message.new_method_return(message, answer.signature, list(answer.body)))
        if answer.then is not None:
            answer.then()

    def _reply_error(self, message: Message, error: BluezError) -> None:
        if expects_reply(message):
            self.daemon.send(Message.new_error(message, error.name, error.text))
