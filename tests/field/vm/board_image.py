"""The board's own disk: Debian 12 with its kernel, systemd and BlueZ, and the Debian package installed on it.

Built by root in a minute or two. The system is kept under ``build/field/`` until what it is made of changes;
the package is put on it anew whenever it is another one, as ``dpkg`` does it when an image is made.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import pytest

ROOT: Final = Path(__file__).resolve().parents[3]
CACHE: Final = ROOT / "build" / "field"

_HERE: Final = Path(__file__).resolve().parent
_OVERLAY: Final = _HERE / "guest"
_NODE_REQUIREMENTS: Final = ROOT / "requirements" / "run.txt"
_STRAP_REQUIREMENTS: Final = _HERE.parent / "requirements.txt"

SUITE: Final = "bookworm"
GUEST_PYTHON: Final = (3, 11)
"""Debian 12's; pip takes the markers of requirements from the Python that it runs in."""

_PACKAGES: Final = (
    "bluez",
    "ca-certificates",
    "dbus",
    "initramfs-tools",
    "iproute2",
    "kmod",
    "linux-image-amd64",
    "openssl",
    "passwd",
    "procps",
    "python3",
    "qemu-guest-agent",
    "systemd",
    "systemd-sysv",
    "udev",
)
_LEFT_OUT: Final = (
    "/usr/share/doc/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
    "/lib/modules/*/kernel/drivers/gpu/*",
    "/lib/modules/*/kernel/drivers/media/*",
    "/lib/modules/*/kernel/drivers/staging/*",
    "/lib/modules/*/kernel/sound/*",
)
_UNITS: Final = ("systemd-networkd.service", "page.socket", "straps.service")
_MASKED: Final = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty@tty1.service",
    "systemd-networkd-wait-online.service",
)
_INITRD_MODULES: Final = "virtio_pci\nvirtio_blk\next4\n"
_SIZE: Final = "2G"
_WHEELS: Final = (
    "manylinux_2_34_x86_64",
    "manylinux_2_28_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
)


@dataclass(frozen=True, slots=True)
class BoardImage:
    """What QEMU boots.

    Attributes:
        disk: raw, ext4 without partitions; the original, which nothing is written to.
        kernel: Debian's.
        initrd: finds the disk.
    """

    disk: Path
    kernel: Path
    initrd: Path

    @classmethod
    def get(cls, package: Path) -> Self:
        """Return the image with a package installed; skip the test where it cannot be built."""
        folder = CACHE / f"board-{_key()}"
        if not folder.exists():
            _require_builder()
            for outdated in CACHE.glob("board-*"):
                shutil.rmtree(outdated)
            fresh = CACHE / "board-new"
            fresh.mkdir(parents=True)
            _build(fresh)
            fresh.rename(folder)
        disk = folder / f"disk-{hashlib.sha256(package.read_bytes()).hexdigest()[:16]}.img"
        if not disk.exists():
            _require_builder()
            for outdated in folder.glob("disk-*"):
                outdated.unlink()
            _install(package, folder / "tree", disk)
        return cls(disk, folder / "vmlinuz", folder / "initrd.img")


def _key() -> str:
    """Return a hash of everything the image is made of."""
    parts = [Path(__file__), _NODE_REQUIREMENTS, _STRAP_REQUIREMENTS]
    parts += sorted(path for path in _OVERLAY.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in parts:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _require_builder() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, once, to build the image of the board: run make test-field as root")
    if shutil.which("mmdebstrap") is None:
        pytest.skip("needs mmdebstrap: scripts/install-field-tools.sh")
    if sys.version_info[:2] != GUEST_PYTHON:
        pytest.skip("needs Python 3.11, as the guest has it, to choose its packages")


def _build(folder: Path) -> None:
    tree = folder / "tree"
    _debootstrap(tree)
    _install_python_packages(_NODE_REQUIREMENTS, tree / "opt" / "deps")
    _install_python_packages(_STRAP_REQUIREMENTS, tree / "opt" / "straps")
    shutil.copytree(_OVERLAY, tree, dirs_exist_ok=True)
    for place in ("opt/field", "state", "var/lib/edged", "var/lib/bluetooth"):
        (tree / place).mkdir(exist_ok=True, parents=True)
    _run("chroot", tree, "systemctl", "enable", *_UNITS)
    _run("chroot", tree, "systemctl", "mask", *_MASKED)
    for name, pattern in (("vmlinuz", "vmlinuz-*"), ("initrd.img", "initrd.img-*")):
        (source,) = (tree / "boot").glob(pattern)
        shutil.copyfile(source, folder / name)


def _install(package: Path, base: Path, disk: Path) -> None:
    """Put the package on a copy of the system, and that on a disk."""
    tree = disk.with_suffix(".tree")
    _run("cp", "--archive", base, tree)
    try:
        shutil.copyfile(package, tree / "root" / package.name)
        # as those do who make images: with /proc, in a namespace so that nothing stays mounted
        mounted = 'mount -t proc proc "$0/proc" && exec chroot "$0" dpkg --install "$1"'
        _run("unshare", "--mount", "sh", "-c", mounted, tree, f"/root/{package.name}")
        (tree / "root" / package.name).unlink()
        (tree / "etc" / "machine-id").write_text("0123456789abcdef0123456789abcdef\n", encoding="ascii")
        make_disk(tree, disk, label="root", size=_SIZE)
    finally:
        shutil.rmtree(tree)


def _debootstrap(tree: Path) -> None:
    modules = f"printf '{_INITRD_MODULES}' >\"$1/etc/initramfs-tools/modules\"".replace("\n", "\\n")
    _run(
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=minbase",
        "--architectures=amd64",
        f"--include={','.join(_PACKAGES)}",
        '--aptopt=Apt::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude={path}" for path in _LEFT_OUT),
        # the initrd needs the disk only, and is then made in no time
        '--essential-hook=mkdir -p "$1/etc/initramfs-tools/conf.d"',
        '--essential-hook=echo MODULES=list >"$1/etc/initramfs-tools/conf.d/driver-policy"',
        f"--essential-hook={modules}",
        SUITE,
        tree,
    )


def _install_python_packages(requirements: Path, target: Path) -> None:
    _run(
        sys.executable,
        *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"),
        *("--implementation=cp", f"--python-version={'.'.join(map(str, GUEST_PYTHON))}"),
        *("--only-binary=:all:", *(f"--platform={wheel}" for wheel in _WHEELS)),
        *("--target", target, "--requirement", requirements),
    )


def make_disk(tree: Path, disk: Path, *, label: str, size: str) -> None:
    """Make an ext4 file system with the content of a folder; nothing is mounted."""
    _run("mke2fs", "-q", "-t", "ext4", "-L", label, "-E", "lazy_itable_init=0", "-d", tree, disk, size)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)
