"""The page over TLS: a certificate that the board makes, or one of somebody's own."""

import asyncio
import ssl
import stat
import subprocess
from pathlib import Path

import httpx
import pytest

from edged.clock import SystemClock
from edged.config.model import WebConfig
from edged.errors import ConfigError
from edged.ops.network.kernel import LinuxKernel
from edged.web import tls
from edged.web.page import serve_page
from edged.web.tls import CERTIFICATE, KEY, Pair, pair_of
from tests.rigs.certificates import Authority, find_openssl
from tests.web import documents
from tests.web.fake_view import FakeView

GENERATED = WebConfig(tls="generated", port=0, names=["board-1.example"])


def in_words(certificate: Path) -> str:
    command = ["openssl", "x509", "-in", str(certificate), "-noout", "-text"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


async def test_without_tls_there_is_none(tmp_path: Path) -> None:
    assert await pair_of(WebConfig(), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


async def test_the_board_makes_one_and_keeps_it(tmp_path: Path) -> None:
    find_openssl()
    pair = await pair_of(GENERATED, tmp_path)
    assert pair == Pair(tmp_path / CERTIFICATE, tmp_path / KEY)
    assert pair is not None
    assert stat.S_IMODE(pair.key.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [CERTIFICATE, KEY]
    shown = in_words(pair.certificate)
    assert "DNS:board-1.example" in shown
    assert "prime256v1" in shown
    for address in {"127.0.0.1", *(str(placed.address) for placed in LinuxKernel().ipv4())}:
        assert f"IP Address:{address}" in shown
    before = pair.certificate.read_bytes()
    await pair_of(GENERATED, tmp_path)
    assert pair.certificate.read_bytes() == before


async def test_the_page_answers_over_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    find_openssl()
    caplog.set_level("INFO")
    listening: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
    page = asyncio.create_task(
        serve_page(
            FakeView(documents.status()),
            GENERATED,
            SystemClock(),
            folder=tmp_path,
            on_listening=lambda host, port: listening.set_result((host, port)),
            environment={},
        )
    )
    _, port = await listening
    trust = ssl.create_default_context(cafile=tmp_path / CERTIFICATE)
    async with httpx.AsyncClient(verify=trust, trust_env=False) as browser:
        for host in ("127.0.0.1", "localhost"):
            assert (await browser.get(f"https://{host}:{port}/healthz")).status_code == 200
    assert f"the page listens on https://127.0.0.1:{port}/" in caplog.text
    page.cancel()
    await asyncio.wait([page])


async def test_one_of_somebodys_own(tmp_path: Path) -> None:
    find_openssl()
    own = Authority(tmp_path, "Hall").issue("DNS:board-1.example")
    web = WebConfig(tls="files", certificate=own.certificate, key=own.key)
    assert await pair_of(web, tmp_path) == Pair(own.certificate, own.key)


async def test_what_cannot_be_used_is_said_with_the_mend(tmp_path: Path) -> None:
    web = WebConfig(tls="files", certificate=tmp_path / "missing.pem", key=tmp_path / "missing.key")
    with pytest.raises(ConfigError, match="cannot be used: No such file") as refused:
        await pair_of(web, tmp_path)
    assert refused.value.key == "web.certificate"
    (tmp_path / CERTIFICATE).write_text("nonsense", encoding="ascii")
    (tmp_path / KEY).write_text("nonsense", encoding="ascii")
    with pytest.raises(ConfigError, match="cannot be used") as refused:
        await pair_of(GENERATED, tmp_path)
    assert "Remove" in refused.value.mend


async def test_where_none_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="openssl is missing"):
        await pair_of(GENERATED, tmp_path)
    failing = tmp_path / "openssl"
    failing.write_text("#!/bin/sh\necho no entropy >&2\nexit 1\n", encoding="ascii")
    failing.chmod(0o755)
    with pytest.raises(ConfigError, match="no entropy"):
        await pair_of(GENERATED, tmp_path)
    assert not (tmp_path / CERTIFICATE).exists()
    assert tls.DAYS == 3650


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"tls": "files"}, "there has to be a certificate"),
        ({"tls": "files", "certificate": "a.pem"}, "there has to be a key"),
        ({"tls": "on"}, "generated"),
        ({"host": "board-1"}, "for all"),
        ({"names": ["board-1:8080"]}, "no host name"),
    ],
)
def test_settings_that_do_not_go_together(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        WebConfig.model_validate(settings)
