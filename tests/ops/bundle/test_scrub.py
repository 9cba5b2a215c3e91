"""Secrets and readings are found, however they are written."""

import json
import tomllib
from pathlib import Path
from urllib.parse import quote

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from edged.config.edit import KEPT
from edged.config.model import Config
from edged.ops.bundle.scrub import scrubbed, secrets_of, without_readings
from tests.web import documents

SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=8, max_size=40)


def config(tmp_path: Path, **uplink: object) -> Config:
    return Config.model_validate({"journal": {"path": tmp_path / "edged.db"}, "uplink": uplink})


def test_passwords_files_of_passwords_and_who_is_named_in_links(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from-the-file\n", encoding="utf-8")
    told = {
        "journal": {"path": tmp_path / "edged.db"},
        "uplink": {"password_file": str(file)},
        "source": [
            {"name": "a", "link": "tcp://user:from-the-link@10.0.0.1:7000"},
            {"name": "b", "link": "tcp://only-a-token@10.0.0.1:7000"},
        ],
    }
    assert secrets_of(Config.model_validate(told)) == {"from-the-file", "from-the-link", "only-a-token"}
    written = {"username": "u", "password": "written"}
    assert secrets_of(config(tmp_path, **written)) == {"written"}
    assert secrets_of(config(tmp_path, password_file=str(tmp_path / "gone"))) == frozenset()
    assert secrets_of(Config()) == frozenset()


@given(SECRETS)
def test_a_secret_is_found_in_every_spelling(secret: str) -> None:
    if secret.strip("(kept)@ ") == "" or secret in KEPT:
        return
    for written in (
        secret,
        json.dumps({"a": secret}),
        json.dumps({"a": secret}, ensure_ascii=False),
        tomlkit.dumps({"a": secret}),
        repr({"a": secret}),
        f"x={quote(secret, safe='')}&",
    ):
        clean = scrubbed(written, [secret])
        assert secret not in clean
        assert KEPT in clean
    assert tomllib.loads(scrubbed(tomlkit.dumps({"a": secret}), [secret])) == {"a": KEPT}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("mqtt://ada:hidden@broker:1883 fails", "mqtt://(kept)@broker:1883 fails"),
        ("tcp:token@host:1", "tcp:(kept)@host:1"),
        ('"link": "tcp://a:b@h/x"', '"link": "tcp://(kept)@h/x"'),
        ("mqtt://broker:1883/a@b", "mqtt://broker:1883/a@b"),
        ("packages: a@b", "packages: a@b"),
        ("edged status 12:30 ada@example.org", "edged status 12:30 ada@example.org"),
    ],
)
def test_who_is_named_in_a_url_is_found_without_being_known(text: str, clean: str) -> None:
    assert scrubbed(text, []) == clean


def test_the_longest_secret_goes_first() -> None:
    assert scrubbed("abcdef abc", ["abc", "abcdef"]) == f"{KEPT} {KEPT}"


def test_a_status_keeps_states_and_loses_readings() -> None:
    status = documents.status(sources=[documents.source("strap-1", heart_rate=72.0)])
    assert status.subjects[0].heart_rate is not None
    clean = without_readings(status)
    for subject in clean.subjects:
        told = {
            name: getattr(subject, name) for name in ("heart_rate", "rmssd_ms", "zone", "contact", "quality")
        }
        assert set(told.values()) == {None}
        assert subject.state == "fresh"
    assert clean.broker == status.broker
    assert {source.heart_rate for source in clean.sources} == {None}
    assert [(source.name, source.words) for source in clean.sources] == [
        (source.name, source.words) for source in status.sources
    ]
