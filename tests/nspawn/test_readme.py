"""From a blank SD card to on air: what the README says is done, word for word."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from edged import __version__
from edged.config.toml import parse
from tests.nspawn.base import ROOT
from tests.nspawn.container import Container

BOOT = "/boot/firmware"
ON_AIR_S = 60.0


def chapter() -> str:
    """Return the chapter that a person follows with a new board."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition("\n## From a blank SD card")[2].partition("\n## ")[0]


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", chapter(), flags=re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_chapter(fresh: Container, package: Path, record_property: Callable[[str, object], None]) -> None:
    board = fresh
    text = block("toml")
    config = parse(text, Path("README.md"))
    assert config.source[0].link in text
    (name,) = set(re.findall(r"edged_\S+?\.deb", chapter()))
    assert name == f"edged_{__version__}_arm64.deb"
    board.write(f"{BOOT}/edged.toml", text.replace(config.source[0].link, "sim:resting"))
    board.path(f"{BOOT}/{name}").write_bytes(package.read_bytes())
    began = time.monotonic()
    for line in block("sh").splitlines():
        board.run(*line.removeprefix("sudo ").split(), timeout_s=120)
    board.until(lambda: board.attempt("edged", "claim").returncode == 0)
    assert re.fullmatch(r"\w{4}-\w{4}", board.run("edged", "claim"))
    board.until(lambda: "1 of 1 sources live." in board.show("edged.service", "StatusText"))
    took_s = time.monotonic() - began
    record_property("installed_and_live_s", took_s)
    assert took_s < ON_AIR_S
    assert board.status()["node"]["node"] == config.node.name
    assert board.path(f"{BOOT}/edged.toml.applied").exists()
    (overlay,) = re.findall(r"`http://HOSTNAME\.local(:8080)(/overlay/\S+)`", chapter())
    assert f"subject={config.subject[0].name}&site={config.node.site}&" in overlay[1]
    for path in ("/", overlay[1]):
        said = board.run(
            "python3",
            "-c",
            f"import urllib.request as r; print(r.urlopen('http://127.0.0.1{overlay[0]}{path}').status)",
        )
        assert said == "200", path
