"""What is in the package."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from edged import __version__
from edged.store.database import _schemas
from tests.rigs import debian
from tests.rigs.debian import ROOT

MB = 1e6
LARGEST = 80 * MB
"""On a card it is there twice: as wheels, and put together."""
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
SYSTEM = {
    **dict.fromkeys(("ld", "libc", "libdl", "libm", "libpthread", "librt"), "libc6"),
    "libgcc_s": "libgcc-s1",
    "libstdc++": "libstdc++6",
    "libz": "zlib1g",
}
"""Debian's packages of the libraries that wheels may take from the system (manylinux)."""
FILE = re.compile(r"^(\S+) (\S+) +\d+ (\S+ \S+) (\S+)")


@pytest.fixture(scope="module")
def tree(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return debian.unpack(deb, tmp_path_factory.mktemp("tree") / "deb")


@pytest.fixture(scope="module")
def other(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package for the other architecture."""
    (arch,) = MACHINES.keys() - {field(deb, "Architecture")}
    return debian.build(tmp_path_factory.mktemp("other"), arch=arch)


def field(package: Path, name: str) -> str:
    return subprocess.check_output(["dpkg-deb", "--field", package, name], text=True).strip()


def wheels(tree: Path) -> set[str]:
    return {path.name for path in (tree / "usr/lib/edged/wheels").iterdir()}


def pinned() -> set[str]:
    """Return what requirements/run.txt asks for under Python 3.11 on Linux, as wheels are named."""
    lines = (ROOT / "requirements/run.txt").read_text(encoding="utf-8").splitlines()
    found = (re.match(r"([a-z0-9-]+)==([^ ;]+)(?: ; ([^\\]*))?", line) for line in lines)
    return {
        f"{match[1].replace('-', '_')}-{match[2]}"
        for match in found
        if match and ">= '3.12'" not in (match[3] or "")
    }


def test_what_it_says_of_itself(deb: Path) -> None:
    assert field(deb, "Package") == "edged"
    assert field(deb, "Version") == __version__
    assert deb.name == f"edged_{__version__}_{field(deb, 'Architecture')}.deb"
    assert field(deb, "Pre-Depends") == "python3 (>= 3.11), python3 (<< 3.12)"
    assert "bluez" in field(deb, "Recommends")
    assert int(field(deb, "Installed-Size")) * 1024 < LARGEST
    assert deb.stat().st_size < LARGEST


def test_its_sums_are_those_of_its_files(tree: Path) -> None:
    lines = (tree / "DEBIAN/md5sums").read_text(encoding="utf-8").splitlines()
    told = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    there = {
        str(path.relative_to(tree)): hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        for path in tree.rglob("*")
        if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.parts
    }
    assert told == there


def test_everything_is_roots_and_has_the_usual_mode(deb: Path) -> None:
    listed = subprocess.check_output(["dpkg-deb", "--contents", deb], text=True).splitlines()
    programs = {"./usr/lib/edged/deploy.py"}
    for line in listed:
        found = FILE.match(line)
        assert found is not None, line
        mode, owner, time, path = found.groups()
        assert owner == "root/root"
        assert time == "2025-01-01 00:00"
        if not mode.startswith("l"):
            assert mode == (
                "drwxr-xr-x" if path.endswith("/") else "-rwxr-xr-x" if path in programs else "-rw-r--r--"
            ), line
        assert path.startswith(("./usr", "./lib")) or path == "./", path


def test_what_the_scripts_need_before_it_is_unpacked_travels_in_front(tree: Path) -> None:
    control = {path.name for path in (tree / "DEBIAN").iterdir()}
    scripts = {"preinst", "postinst", "prerm", "postrm"}
    assert control == {"control", "md5sums", "admission.py", "version.json", *scripts}
    for script in scripts:
        subprocess.run(["sh", "-n", tree / "DEBIAN" / script], check=True)
    for name in ("admission.py", "version.json"):
        front = tree / "DEBIAN" / name
        assert front.read_bytes() == (tree / "usr/lib/edged" / name).read_bytes()


def test_it_knows_the_newest_schema_of_its_journal(tree: Path) -> None:
    newest = max(number for number, _ in _schemas())
    assert f'"schema": "{newest}"' in (tree / "usr/lib/edged/version.json").read_text(encoding="utf-8")


def test_it_brings_all_that_is_pinned_and_nothing_else(tree: Path) -> None:
    named = {"-".join(name.split("-")[:2]) for name in wheels(tree)}
    assert named == pinned() | {f"edged-{__version__}"}
    assert [path.name[:4] for path in (tree / "usr/lib/edged/pip").iterdir()] == ["pip-"]


def test_units_and_pages_are_those_of_the_tree(tree: Path) -> None:
    for unit in (ROOT / "systemd").glob("*.service"):
        assert (tree / "lib/systemd/system" / unit.name).read_bytes() == unit.read_bytes()
        for path in re.findall(r"file:///(\S+)", unit.read_text(encoding="utf-8")):
            assert (tree / path).is_file(), f"{unit.name}: Documentation={path}"
    (wheel,) = (tree / "usr/lib/edged/wheels").glob("edged-*.whl")
    names = subprocess.check_output([sys.executable, "-m", "zipfile", "-l", wheel], text=True)
    for name in ("edged/web/static/index.html", "edged/units/edged.service", "edged/config/first.toml"):
        assert name in names
    assert "node_modules" not in names


def test_the_one_for_the_other_architecture(deb: Path, other: Path, tree: Path, tmp_path: Path) -> None:
    arch = field(other, "Architecture")
    unpacked = debian.unpack(other, tmp_path / "other")
    assert {"-".join(name.split("-")[:2]) for name in wheels(unpacked)} == {
        "-".join(name.split("-")[:2]) for name in wheels(tree)
    }
    assert all(name.endswith(("-any.whl", f"{MACHINES[arch]}.whl")) for name in wheels(unpacked))
    assert sum(name.endswith(f"{MACHINES[arch]}.whl") for name in wheels(unpacked)) > 5
    assert field(other, "Pre-Depends") == field(deb, "Pre-Depends")
    assert other.stat().st_size < LARGEST


@pytest.mark.parametrize("which", ["deb", "other"])
def test_it_depends_on_the_libraries_that_its_wheels_do_not_bring(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    package: Path = request.getfixturevalue(which)
    unpacked = tmp_path / "unpacked"
    for wheel in (debian.unpack(package, tmp_path / "deb") / "usr/lib/edged/wheels").iterdir():
        if not wheel.name.endswith("-any.whl"):
            shutil.unpack_archive(wheel, unpacked, "zip")
    libraries = [path for path in unpacked.rglob("*.so*") if path.is_file()]
    assert len(libraries) > 100
    told = subprocess.check_output(["readelf", "--dynamic", "--wide", *libraries], text=True)
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", told)) - {path.name for path in libraries}
    packages = {SYSTEM.get(re.split(r"[.-]", name)[0], name) for name in needed}
    depends = {entry.split()[0] for entry in field(package, "Depends").split(", ")}
    assert packages <= depends
    assert packages > {"libc6", "libstdc++6"}


def test_built_elsewhere_by_somebody_else_it_is_the_same(deb: Path, tmp_path: Path) -> None:
    copy = tmp_path / "a copy"
    listed = subprocess.check_output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True
    )
    for name in (*listed.split("\0"), ".gitignore"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    shutil.copytree(ROOT / "edged/web/static", copy / "edged/web/static")
    before = os.umask(0o077)
    try:
        again = debian.build(tmp_path / "out", copy)
    finally:
        os.umask(before)
    if again.read_bytes() != deb.read_bytes():
        assert members(again) == members(deb)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(deb.read_bytes()).digest()


def members(package: Path) -> dict[str, str]:
    """Return what a package holds, for whoever wants to know where two differ."""
    data = subprocess.check_output(["dpkg-deb", "--fsys-tarfile", package])
    archive = package.with_suffix(".tar")
    archive.write_bytes(data)
    with tarfile.open(archive) as tar:
        files = {each.name: tar.extractfile(each) for each in tar if each.isfile()}
        return {name: hashlib.sha256(file.read()).hexdigest() for name, file in files.items() if file}


def test_only_the_boards_python_builds_it(tmp_path: Path) -> None:
    script = (ROOT / "packaging/build_deb.py").read_text(encoding="utf-8")
    copy = tmp_path / "packaging" / "build_deb.py"
    copy.parent.mkdir()
    copy.write_text(script.replace('PYTHON: Final = "3.11"', 'PYTHON: Final = "3.9"'), encoding="utf-8")
    done = subprocess.run([sys.executable, copy], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "build it with Python 3.9, as the board has it: make deb PYTHON=python3.9" in done.stderr
