import json
import sys
from pathlib import Path

import pytest

from edged.errors import DriverError
from edged.sources import registry

GROUP = "edged.test_drivers"
TABLE = {"path": "pathlib:Path", "json": "json:loads"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of somebody else's that offers drivers."""
    info = tmp_path / "strange_straps-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange-straps\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{GROUP}]\nstrap = strange_straps:Strap\njson = strange_straps:Strap\n"
        "gone = strange_straps:Gone\nbroken = strange_straps.nowhere:Strap\n"
    )
    (tmp_path / "strange_straps.py").write_text("class Strap: ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "strange_straps", raising=False)
    return tmp_path


def load(name: str) -> object:
    return registry.load(name, table=TABLE, group=GROUP, kind="link")


def test_our_own_come_from_the_table() -> None:
    assert load("path") is Path
    assert registry.names(TABLE, GROUP) == ["json", "path"]


@pytest.mark.usefixtures("package")
def test_other_packages_offer_theirs() -> None:
    strap = load("strap")
    assert isinstance(strap, type)
    assert strap.__name__ == "Strap"
    assert registry.names(TABLE, GROUP) == ["broken", "gone", "json", "path", "strap"]


@pytest.mark.usefixtures("package")
def test_ours_win_over_theirs() -> None:
    assert load("json") is json.loads


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("name", ["gone", "broken"])
def test_a_package_that_cannot_be_loaded_is_named(name: str) -> None:
    with pytest.raises(DriverError) as raised:
        load(name)
    assert f"link {name!r} of package strange-straps cannot be loaded" in raised.value.what
    assert raised.value.mend == "Install that package again, or remove it."


def test_an_unknown_name_gets_the_nearest_or_all() -> None:
    with pytest.raises(DriverError, match=r"there is no link 'jsn'. Did you mean 'json'\?"):
        load("jsn")
    with pytest.raises(DriverError, match=r"there is no link 'x'. Known: json, path\."):
        load("x")
