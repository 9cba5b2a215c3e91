#!/usr/bin/env bash
# Installs the programs the tests talk to, where they are missing and where this user may: a real broker,
# a real browser, a real message bus, compilers and an emulator for the sensor boards, Prometheus' checker of rules.
# Without them, or without root, tests that need them are skipped by name.
set -euo pipefail
missing=()
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
command -v mosquitto_sub >/dev/null || missing+=(mosquitto-clients)
command -v chromium >/dev/null || missing+=(chromium)
command -v dbus-daemon >/dev/null || missing+=(dbus)
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
command -v make >/dev/null || missing+=(make)
command -v systemd-nspawn >/dev/null || missing+=(systemd-container)
command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
compgen -G "/usr/share/keyrings/debian-archive-keyring.*" >/dev/null || missing+=(debian-archive-keyring)
command -v clang >/dev/null || missing+=(clang libclang-rt-dev)
command -v avr-gcc >/dev/null || missing+=(gcc-avr)
[ -e /usr/lib/avr/include/avr/io.h ] || missing+=(avr-libc)
[ -e /usr/include/simavr/sim_avr.h ] || missing+=(libsimavr-dev)
[ -e /usr/include/libelf.h ] || missing+=(libelf-dev)
command -v arm-none-eabi-gcc >/dev/null || missing+=(gcc-arm-none-eabi)
[ -e /usr/include/newlib/string.h ] || missing+=(libnewlib-arm-none-eabi)
promtool=
command -v promtool >/dev/null || promtool=promtool
[ ${#missing[@]} -eq 0 ] && [ -z "$promtool" ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed, and not root on Debian: ${missing[*]} $promtool. Tests that need them will be skipped."
    exit 0
fi
echo "Installing for the tests: ${missing[*]} $promtool"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
[ ${#missing[@]} -eq 0 ] || apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
# Of Debian's prometheus only the one program: the package would start a server of its own.
if [ -n "$promtool" ]; then
    folder=$(mktemp -d)
    (cd "$folder" && apt-get -o APT::Sandbox::User=root -qq download prometheus)
    dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb | tar -x -C "$folder" ./usr/bin/promtool
    install -m 755 "$folder/usr/bin/promtool" /usr/local/bin/promtool
    rm -r "$folder"
fi
# a broker of the machine's own is not wanted: the tests start theirs
if command -v systemctl >/dev/null && systemctl is-active --quiet mosquitto 2>/dev/null; then
    systemctl disable --now mosquitto
fi
