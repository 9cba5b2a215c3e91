"""The ports of this board, and by which names they are told."""

from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from drivers.serial.ports import Port, list_ports


def info(device: str, **told: object) -> ListPortInfo:
    """Return a port as pyserial tells it."""
    port = ListPortInfo(device)
    for name, value in told.items():
        setattr(port, name, value)
    return port


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    for folder in ("edged", "serial/by-id", "serial/by-path"):
        (tmp_path / "dev" / folder).mkdir(parents=True)
    return tmp_path / "dev"


def plug(dev: Path, number: int, *names: str) -> str:
    """Make a node with names; return it."""
    node = dev / f"ttyUSB{number}"
    node.touch()
    for name in names:
        (dev / name).symlink_to(node)
    return str(node)


def listed(monkeypatch: pytest.MonkeyPatch, dev: Path, *infos: ListPortInfo) -> list[Port]:
    monkeypatch.setattr("drivers.serial.ports.comports", lambda: list(infos))
    return list_ports(dev, dev.parent / "sys")


def test_all_that_is_known_of_a_port(monkeypatch: pytest.MonkeyPatch, dev: Path) -> None:
    node = plug(dev, 0, "serial/by-id/usb-FTDI_A50285BI-if00", "serial/by-path/usb-0:1.4")
    ftdi = info(
        node,
        vid=0x0403,
        pid=0x6001,
        serial_number="A50285BI",
        location="1-1.4",
        manufacturer="FTDI",
        product="FT232R USB UART",
    )
    assert listed(monkeypatch, dev, ftdi) == [
        Port(
            device=node,
            path=f"{dev}/serial/by-id/usb-FTDI_A50285BI-if00",
            maker="FTDI",
            product="FT232R USB UART",
            serial_number="A50285BI",
            usb_id="0403:6001",
            place="1-1.4",
        )
    ]


def test_a_name_that_somebody_gave_is_better_and_no_name_will_do(
    monkeypatch: pytest.MonkeyPatch, dev: Path
) -> None:
    named = plug(dev, 0, "edged/white", "serial/by-id/usb-x", "serial/by-path/y")
    bare = plug(dev, 1)
    ports = listed(monkeypatch, dev, info(bare), info(named))
    assert [port.path for port in ports] == [f"{dev}/edged/white", bare]


def test_twins_without_serial_numbers_are_told_apart_by_their_sockets(
    monkeypatch: pytest.MonkeyPatch, dev: Path
) -> None:
    """Both claim the same name in ``by-id``; it goes to one of them, and nobody knows to which."""
    ch340 = {"vid": 0x1A86, "pid": 0x7523}
    nodes = [plug(dev, 0, "serial/by-id/usb-1a86", "serial/by-path/1"), plug(dev, 1, "serial/by-path/2")]
    twins = [info(node, **ch340) for node in nodes]
    assert [port.path for port in listed(monkeypatch, dev, twins[0])] == [f"{dev}/serial/by-id/usb-1a86"]
    paths = [port.path for port in listed(monkeypatch, dev, *twins)]
    assert paths == [f"{dev}/serial/by-path/1", f"{dev}/serial/by-path/2"]


def test_nodes_without_hardware_are_left_out(monkeypatch: pytest.MonkeyPatch, dev: Path) -> None:
    for name, kind in (("ttyS0", "4"), ("ttyS1", "0")):
        folder = dev.parent / "sys/class/tty" / name
        folder.mkdir(parents=True)
        (folder / "type").write_text(f"{kind}\n", encoding="ascii")
    ports = listed(monkeypatch, dev, info("/dev/ttyS0"), info("/dev/ttyS1"))
    assert [port.device for port in ports] == ["/dev/ttyS0"]


@pytest.mark.parametrize(
    ("maker", "product", "name"),
    [
        ("FTDI", "FT232R USB UART", "FTDI FT232R USB UART"),
        ("Arduino", "Arduino Uno", "Arduino Uno"),
        ("", "USB Serial", "USB Serial"),
        ("Acme", "", "Acme"),
        ("", "", ""),
    ],
)
def test_maker_and_product_make_a_name(maker: str, product: str, name: str) -> None:
    assert Port("/dev/x", "/dev/x", maker, product).name == name


def test_this_machine_can_be_asked() -> None:
    for port in list_ports():
        assert port.device.startswith("/dev/")
