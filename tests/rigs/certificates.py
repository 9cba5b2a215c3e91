"""Certificates of our own, valid from and until any day, made by the program openssl."""

import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

_CONFIG: Final = """\
[ca]
default_ca = this
[this]
dir = {folder}
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = anything
unique_subject = no
copy_extensions = copy
[anything]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:true
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:false
extendedKeyUsage = serverAuth
subjectAltName = {names}
"""


def find_openssl() -> str:
    """Return the program's path; skip the test where there is none."""
    found = shutil.which("openssl")
    if found is None:
        pytest.skip("needs openssl: apt-get install openssl")
    return found


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, PEM."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates; valid for days before and after now.

    Args:
        folder: where its files go.
        name: its common name.
        begins_days: when it begins to be valid, from now.
        ends_days: when it ends.
    """

    def __init__(
        self, folder: Path, name: str = "Hall CA", *, begins_days: float = -30, ends_days: float = 3650
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._openssl = find_openssl()
        (folder / "index.txt").touch()
        self._pair = Pair(folder / "ca.pem", folder / "ca.key")
        request = self._request(self._pair, name)
        self._sign(request, self._pair.certificate, "authority", begins_days, ends_days, "-selfsign")

    @property
    def certificate(self) -> Path:
        """For ``uplink.ca_file``."""
        return self._pair.certificate

    def issue(self, *names: str, begins_days: float = -1, ends_days: float = 365) -> Pair:
        """Return a server's certificate.

        Args:
            names: ``DNS:localhost``, ``IP:127.0.0.1``, ...
            begins_days: when it begins to be valid, from now.
            ends_days: when it ends.
        """
        pair = Pair(self._folder / "server.pem", self._folder / "server.key")
        request = self._request(pair, names[0].partition(":")[2])
        self._sign(request, pair.certificate, "server", begins_days, ends_days, names=names)
        return pair

    def _request(self, pair: Pair, name: str) -> Path:
        self._configure(("DNS:unused",))
        request = pair.key.with_suffix(".csr")
        key = (
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            str(pair.key),
        )
        self._run("req", "-new", *key, "-subj", f"/CN={name}", "-out", str(request))
        return request

    def _sign(
        self,
        request: Path,
        certificate: Path,
        extensions: str,
        begins_days: float,
        ends_days: float,
        *more: str,
        names: tuple[str, ...] = ("DNS:unused",),
    ) -> None:
        self._configure(names)
        dates = ("-startdate", _day(begins_days), "-enddate", _day(ends_days))
        ours = ("-keyfile", str(self._pair.key), *(more or ("-cert", str(self._pair.certificate))))
        files = ("-in", str(request), "-out", str(certificate), "-notext", "-batch")
        self._run("ca", *ours, "-extensions", extensions, *dates, *files)

    def _configure(self, names: tuple[str, ...]) -> None:
        text = _CONFIG.format(folder=self._folder, names=",".join(names))
        (self._folder / "openssl.cnf").write_text(text, encoding="ascii")

    def _run(self, command: str, *arguments: str) -> None:
        config = ("-config", str(self._folder / "openssl.cnf"))
        done = subprocess.run(
            [self._openssl, command, *config, *arguments], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def _day(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")
