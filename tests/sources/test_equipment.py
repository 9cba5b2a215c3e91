from collections.abc import Sequence

import pytest

from edged.clock import ManualClock
from edged.errors import SourceLost
from edged.sources.equipment import AdapterReport, Equipment, Radio
from edged.sources.link import LinkContext


def report(name: str) -> AdapterReport:
    return AdapterReport(name, "00:1A:7D:DA:71:13", "usb", "ready", 0, None, 5, ("board-1",), 0)


class Bluetooth:
    """A radio."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    def adapters(self) -> Sequence[AdapterReport]:
        return [report(name) for name in self.names]


class Ant(Bluetooth):
    """Another, of a kind of its own though it is much like the first."""


class SerialPorts:
    """Shared, and no radio."""


def test_what_is_shared_is_made_once() -> None:
    equipment = Equipment()
    made: list[SerialPorts] = []

    def make() -> SerialPorts:
        made.append(SerialPorts())
        return made[-1]

    assert equipment.shared(SerialPorts, make) is equipment.shared(SerialPorts, make)
    assert len(made) == 1


def test_there_is_one_of_each_kind() -> None:
    equipment = Equipment()
    bluetooth, ant = equipment.shared(Bluetooth, Bluetooth), equipment.shared(Ant, Ant)
    assert bluetooth is not ant
    assert type(ant) is Ant
    assert equipment.shared(Bluetooth, Bluetooth) is bluetooth


def test_what_could_not_be_made_is_tried_again() -> None:
    equipment = Equipment()

    def fails() -> Bluetooth:
        raise SourceLost("no such thing")

    with pytest.raises(SourceLost):
        equipment.shared(Bluetooth, fails)
    assert equipment.adapters() == []
    assert equipment.shared(Bluetooth, lambda: Bluetooth("hci0")).names == ["hci0"]


def test_the_adapters_are_those_of_all_radios_as_they_are_now() -> None:
    equipment = Equipment()
    assert equipment.adapters() == []
    bluetooth = equipment.shared(Bluetooth, lambda: Bluetooth("hci0", "hci1"))
    equipment.shared(SerialPorts, SerialPorts)
    equipment.shared(Ant, lambda: Ant("ant0"))
    assert equipment.adapters() == [report("hci0"), report("hci1"), report("ant0")]
    bluetooth.names.remove("hci0")
    assert [adapter.name for adapter in equipment.adapters()] == ["hci1", "ant0"]


def test_what_a_radio_is() -> None:
    assert isinstance(Bluetooth(), Radio)
    assert not isinstance(SerialPorts(), Radio)


def test_links_that_nobody_gave_equipment_share_none() -> None:
    assert LinkContext(ManualClock()).equipment is not LinkContext(ManualClock()).equipment
