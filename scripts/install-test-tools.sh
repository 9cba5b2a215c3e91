#!/usr/bin/env bash
# Installs the programs the tests talk to, where they are missing and where this user may: a real broker,
# a real browser, a real message bus, compilers and an emulator for the sensor boards. Without them, or without
# root, tests that need them are skipped by name.
set -euo pipefail
missing=()
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
command -v mosquitto_sub >/dev/null || missing+=(mosquitto-clients)
command -v chromium >/dev/null || missing+=(chromium)
command -v dbus-daemon >/dev/null || missing+=(dbus)
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
command -v make >/dev/null || missing+=(make)
command -v clang >/dev/null || missing+=(clang libclang-rt-dev)
command -v avr-gcc >/dev/null || missing+=(gcc-avr)
[ -e /usr/lib/avr/include/avr/io.h ] || missing+=(avr-libc)
[ -e /usr/include/simavr/sim_avr.h ] || missing+=(libsimavr-dev)
[ -e /usr/include/libelf.h ] || missing+=(libelf-dev)
command -v arm-none-eabi-gcc >/dev/null || missing+=(gcc-arm-none-eabi)
[ -e /usr/include/newlib/string.h ] || missing+=(libnewlib-arm-none-eabi)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed, and not root on Debian: ${missing[*]}. Tests that need them will be skipped."
    exit 0
fi
echo "Installing for the tests: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
# a broker of the machine's own is not wanted: the tests start theirs
if command -v systemctl >/dev/null && systemctl is-active --quiet mosquitto 2>/dev/null; then
    systemctl disable --now mosquitto
fi
