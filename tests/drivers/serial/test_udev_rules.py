"""systemd/99-edged.rules, as far as it can be read without udev."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import pytest

RULES = Path(__file__).parents[3] / "systemd/99-edged.rules"
MATCHED = {"ACTION", "SUBSYSTEM", "KERNEL", "DRIVERS", "ENV", "ATTR"}
SET = {"GROUP", "MODE", "SYMLINK", "ENV", "ATTR", "GOTO", "LABEL"}


class Key(NamedTuple):
    """One ``KEY{of}operator"value"`` of a rule (udev(7))."""

    name: str
    of: str
    operator: str
    value: str

    def matches(self, value: str) -> bool:
        return any(fnmatchcase(value, pattern) for pattern in self.value.split("|"))


def rules() -> list[list[Key]]:
    lines = [line for line in RULES.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return [[key(part) for part in re.split(r",\s*(?=[A-Z])", line)] for line in lines]


def key(text: str) -> Key:
    parts = re.fullmatch(r'([A-Z]+)(?:\{([\w/]+)\})?(==|!=|\+=|=)"([^"]*)"', text)
    assert parts, text
    return Key(parts[1], parts[2] or "", parts[3], parts[4])


def assigned(name: str, of: str = "") -> list[list[Key]]:
    """Return the rules that set something."""
    return [r for r in rules() if any(k[:2] == (name, of) and k.operator in {"=", "+="} for k in r)]


def test_every_key_is_one_that_udev_knows() -> None:
    for each in (key for rule in rules() for key in rule):
        assert each.name in (MATCHED if each.operator in {"==", "!="} else SET), each


def test_every_jump_has_its_end() -> None:
    ends = {k.value for rule in rules() for k in rule if k.name == "LABEL"}
    assert {k.value for rule in rules() for k in rule if k.name == "GOTO"} == ends


@pytest.mark.parametrize("vendor", ["0403", "1a86", "10c4", "2341", "2e8a", "303a"])
def test_modem_manager_keeps_away_from_boards_and_adapters(vendor: str) -> None:
    kept = [rule for rule in assigned("ENV", "ID_MM_DEVICE_IGNORE") if "idProduct" not in str(rule)]
    assert any(k.of == "idVendor" and k.matches(vendor) for rule in kept for k in rule)
    assert all(Key("ENV", "DEVTYPE", "==", "usb_device") in rule for rule in kept), (
        "ModemManager reads it there"
    )


@pytest.mark.parametrize("vendor", ["12d1", "1199", "2c7c", "1e0e"])
def test_modem_manager_keeps_its_modems(vendor: str) -> None:
    for rule in assigned("ENV", "ID_MM_DEVICE_IGNORE"):
        assert not any(k.of == "idVendor" and k.matches(vendor) for k in rule)


@pytest.mark.parametrize(("product", "is_receiver"), [("01a7", True), ("01a8", True), ("1102", False)])
def test_of_u_blox_only_the_receivers_are_taken(product: str, *, is_receiver: bool) -> None:
    rule = next(rule for rule in rules() if Key("ATTR", "idVendor", "==", "1546") in rule)
    assert next(k for k in rule if k.of == "idProduct").matches(product) is is_receiver


def test_the_group_may_open_the_ports_and_nobody_else() -> None:
    assert [Key("GROUP", "", "=", "dialout"), Key("MODE", "", "=", "0660")] in rules()


def test_names_stay_and_lie_where_they_are_looked_for() -> None:
    names = [k.value for rule in rules() for k in rule if k.name == "SYMLINK"]
    assert len(names) == 2
    assert all(name.startswith("edged/") and "%n" not in name and "$kernel" not in name for name in names)
