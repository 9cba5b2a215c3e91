from pathlib import Path

import pytest

from edged.config.model import WebConfig
from edged.ops.local_socket import socket_path


@pytest.mark.parametrize(
    ("configured", "environment", "path"),
    [
        (None, {}, None),
        (None, {"RUNTIME_DIRECTORY": ""}, None),
        (None, {"RUNTIME_DIRECTORY": "/run/edged"}, Path("/run/edged/edged.sock")),
        (None, {"RUNTIME_DIRECTORY": "/run/edged:/run/more"}, Path("/run/edged/edged.sock")),
        ("/tmp/e.sock", {"RUNTIME_DIRECTORY": "/run/edged"}, Path("/tmp/e.sock")),  # noqa: S108  a text that is compared; no file is made
        ("e.sock", {}, Path.cwd() / "e.sock"),
    ],
)
def test_where_it_is(configured: str | None, environment: dict[str, str], path: Path | None) -> None:
    assert socket_path(WebConfig.model_validate({"socket": configured}), environment) == path
