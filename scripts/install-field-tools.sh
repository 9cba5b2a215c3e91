#!/usr/bin/env bash
# Installs the programs that boards in QEMU are built and run with, where they are missing and where this user
# may. Without them, or without root, the tests that need them are skipped by name.
set -euo pipefail
missing=()
command -v qemu-system-x86_64 >/dev/null || missing+=(qemu-system-x86)
command -v nbdkit >/dev/null || missing+=(nbdkit)
command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
compgen -G "/usr/share/keyrings/debian-archive-keyring.*" >/dev/null || missing+=(debian-archive-keyring)
command -v mke2fs >/dev/null || [ -x /sbin/mke2fs ] || missing+=(e2fsprogs)
command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed, and not root on Debian: ${missing[*]}. Tests that need them will be skipped."
    exit 0
fi
echo "Installing for the field tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
