import gzip
from pathlib import Path

import httpx
import pytest

from edged.web import pages


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built page that is not the real one."""
    static = tmp_path / "static"
    (static / "overlay").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>page</title>")
    (static / "main.js").write_text("export {};")
    (static / "overlay" / "heart-rate.html").write_text("<!doctype html><title>overlay</title>")
    (static / "overlay" / "heart-rate.js").write_text("'use strict';")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(pages, "STATIC", static)
    return static


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("/", "text/html", "page"),
        ("/static/main.js", "text/javascript", "export"),
        ("/overlay/heart-rate", "text/html", "overlay"),
        ("/overlay/heart-rate.js", "text/javascript", "strict"),
    ],
)
@pytest.mark.usefixtures("built")
async def test_files_are_served(client: httpx.AsyncClient, path: str, kind: str, text: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["cache-control"] == "no-cache"
    assert text in answer.text

    again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.text == ""

    head = await client.head(path)
    assert (head.status_code, head.text) == (200, "")


async def test_who_takes_it_compressed_gets_it_so(built: Path, client: httpx.AsyncClient) -> None:
    plain = (built / "main.js").read_bytes()
    (built / "main.js.gz").write_bytes(gzip.compress(plain))
    answer = await client.get("/static/main.js", headers={"Accept-Encoding": "gzip"})
    assert answer.content == plain
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-encoding"] == "gzip"
    other = await client.get("/static/main.js", headers={"Accept-Encoding": "identity"})
    assert other.content == plain
    assert "content-encoding" not in other.headers
    assert answer.headers["vary"] == other.headers["vary"] == "Accept-Encoding"
    assert answer.headers["etag"] != other.headers["etag"]
    again = {"Accept-Encoding": "gzip", "If-None-Match": answer.headers["etag"]}
    assert (await client.get("/static/main.js", headers=again)).status_code == 304


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "path",
    [
        "/static/nothing.js",
        "/static/main.js.gz",
        "/static/%00",
        f"/static/{'a' * 1000}",
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static//etc/passwd",
        "/overlay/..%2fsecret.txt",
        "/overlay/nothing",
        "/overlay/",
        "/static/",
    ],
)
async def test_nothing_else_is(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/overlay/heart-rate"])
async def test_a_page_that_was_not_built_says_how(
    client: httpx.AsyncClient, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "STATIC", tmp_path / "static")

    answer = await client.get(path)

    assert answer.status_code == 503
    assert "make ui" in answer.json()["detail"]
