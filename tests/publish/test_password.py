"""Where the password at the broker comes from."""

from pathlib import Path

import pytest

from edged.config.model import UplinkConfig
from edged.errors import BrokerRefused
from edged.publish.password import broker_password


def config(**fields: object) -> UplinkConfig:
    return UplinkConfig.model_validate({"url": "mqtt://broker", **fields})


def test_from_the_configuration_or_none() -> None:
    assert broker_password(config(password="s3cret")) == "s3cret"  # noqa: S106  no secret of anybody: the test writes it and looks for it
    assert broker_password(config()) is None


def test_from_a_file_without_its_last_line_end(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret word \r\n", encoding="utf-8")
    assert broker_password(config(password_file=str(file))) == "s3cret word "
    file.write_text("changed", encoding="utf-8")
    assert broker_password(config(password_file=str(file))) == "changed"


def test_a_bare_name_is_a_credential(tmp_path: Path) -> None:
    (tmp_path / "edged_mqtt-password").write_text("s3cret", encoding="utf-8")
    told = broker_password(
        config(password_file="edged_mqtt-password"),  # noqa: S106  the name of a file, not a password
        {"CREDENTIALS_DIRECTORY": str(tmp_path)},
    )
    assert told == "s3cret"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BrokerRefused) as told:
        broker_password(config(password_file=str(file)))
    assert told.value.where == str(file)
    assert "/etc/edged/credentials" in told.value.mend


def test_not_both() -> None:
    with pytest.raises(ValueError, match="both given"):
        config(password="a", password_file="b")  # noqa: S106  no secret of anybody: the test writes it and looks for it
