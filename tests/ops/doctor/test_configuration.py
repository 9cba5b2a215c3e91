"""The configuration: what is wrong with it, and what is not what runs."""

from pathlib import Path
from typing import Final

import pytest

from edged.config.toml import load
from tests.ops.doctor.bodies import looked, only, patient

GOOD: Final = """
[[subject]]
name = "white"
[[source]]
name = "strap-1"
link = "sim:resting"
subject = "white"
"""


def written(folder: Path, text: str, mode: int = 0o660) -> Path:
    file = folder / "edged.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


async def test_one_that_is_right(tmp_path: Path) -> None:
    found = await only("configuration", patient(tmp_path, file=written(tmp_path, GOOD)))
    assert (found.level, found.what) == ("ok", "it is right")
    assert found.facts == {"sources": 1, "subjects": 1}


async def test_none_at_all(tmp_path: Path) -> None:
    found = await only("configuration", patient(tmp_path))
    assert (found.level, found.what) == ("not_applicable", "this node was not started from a file")


@pytest.mark.parametrize(
    ("text", "what", "where", "mend"),
    [
        ("[node]\nsite = \n", "is not TOML: invalid value", "edged.toml:2: site", "Look there for a quote"),
        ("[node]\nsit = 'hall'\n", "unknown key 'sit'", "edged.toml:2: node.sit", "Did you mean 'site'?"),
        (
            "[telemetry]\notlp_url = 'ftp://x'\n",
            "write http",
            "edged.toml:2: telemetry.otlp_url",
            "It is: ",
        ),
    ],
)
async def test_one_that_is_wrong(tmp_path: Path, text: str, what: str, where: str, mend: str) -> None:
    found = await only("configuration", patient(tmp_path, file=written(tmp_path, text)))
    assert found.level == "problem"
    assert found.what.startswith(what)
    assert found.where == f"{tmp_path}/{where}"
    assert found.mend.startswith(mend)


async def test_one_that_is_not_there(tmp_path: Path) -> None:
    found = await only("configuration", patient(tmp_path, file=tmp_path / "edged.toml"))
    assert (found.level, found.what) == ("problem", "there is no such file")
    assert found.mend == "Write a first one with: edged config example > edged.toml"


async def test_every_wrong_driver_is_told(tmp_path: Path) -> None:
    text = """
[[source]]
name = "a"
link = "blue:any"
[[source]]
name = "b"
link = "sim:resting"
decoder = "heart_rat"
"""
    link, decoder = await looked("configuration", patient(tmp_path, file=written(tmp_path, text)))
    assert (link.level, link.where) == ("problem", f"{tmp_path}/edged.toml: source[0].link")
    assert link.mend == "Did you mean 'ble'?"
    assert (decoder.level, decoder.where) == ("problem", f"{tmp_path}/edged.toml: source[1].decoder")
    assert decoder.mend == "Did you mean 'heart_rate'?"


async def test_nothing_to_measure(tmp_path: Path) -> None:
    nothing, right = await looked("configuration", patient(tmp_path, file=written(tmp_path, "")))
    assert (nothing.level, right.level) == ("warning", "ok")
    assert nothing.what == "no source is configured: nothing is measured"
    assert nothing.mend == "`edged scan` shows what is around; add a [[source]] for each."


async def test_a_file_that_is_not_what_runs(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD)
    node = patient(tmp_path, file=file, known=load(file), is_running=True)
    assert (await only("configuration", node)).level == "ok"
    written(tmp_path, GOOD + "[log]\nlevel = 'debug'\n")
    other, right = await looked("configuration", node)
    assert (other.level, right.level) == ("warning", "ok")
    assert other.what == "the file says something else than what runs"
    assert other.mend == "`systemctl reload edged` applies it."


async def test_a_password_that_all_may_read(tmp_path: Path) -> None:
    text = GOOD + "[uplink]\nusername = 'edged'\npassword = 'tea'\n"
    open_to_all, right = await looked("configuration", patient(tmp_path, file=written(tmp_path, text, 0o664)))
    assert (open_to_all.level, open_to_all.title, right.level) == ("warning", "Passwords", "ok")
    assert open_to_all.mend == f"`chmod o= {tmp_path}/edged.toml` keeps others out."
    assert (await only("configuration", patient(tmp_path, file=written(tmp_path, text, 0o660)))).level == "ok"
