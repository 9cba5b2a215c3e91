"""Translates what bleak raises into errors with causes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from drivers.ble import bluez
from drivers.ble.errors import BleError, Cause

_STALE: Final = frozenset(
    {
        BleakGATTProtocolErrorCode.INVALID_HANDLE,
        BleakGATTProtocolErrorCode.ATTRIBUTE_NOT_FOUND,
        BleakGATTProtocolErrorCode.DATABASE_OUT_OF_SYNC,
    }
)
_NOT_BONDED: Final = frozenset(
    {
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION,
    }
)
_REFUSALS: Final = frozenset(
    {
        "org.bluez.Error.NotSupported",
        "org.bluez.Error.InvalidArguments",
        "org.bluez.Error.AuthenticationRejected",
        "org.bluez.Error.AuthenticationCanceled",
        "org.bluez.Error.AuthenticationFailed",
    }
)


@contextmanager
def translated(failed: str) -> Iterator[None]:
    """Translate what bleak and D-Bus raise; ``failed`` begins the sentence."""
    try:
        yield
    except BleakError as error:
        raise _translate(error, failed) from error
    except (OSError, EOFError) as error:
        raise bluez.no_bus() from error
    except TimeoutError as error:
        raise BleError(Cause.TIMEOUT, f"{failed}: no answer in time") from error


def _translate(error: BleakError, failed: str) -> BleError:
    match error:
        case BleakGATTProtocolError():
            return _gatt(error, failed)
        case BleakDBusError():
            return _dbus(error, failed)
        case BleakCharacteristicNotFoundError():
            return BleError(Cause.STALE, f"{failed}: the device does not have it")
        case BleakDeviceNotFoundError():
            return BleError(Cause.NOT_FOUND, f"{failed}: the device is not in the air any more")
        case BleakBluetoothNotAvailableError():
            is_denied = error.reason is BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM
            return bluez.denied() if is_denied else BleError(Cause.NO_ADAPTER, f"{failed}: no adapter to use")
        case _:
            return BleError(Cause.FAILED, f"{failed}: {error}")


def _gatt(error: BleakGATTProtocolError, failed: str) -> BleError:
    if error.code in _STALE:
        return BleError(Cause.STALE, f"{failed}: BlueZ remembers a service that is not there")
    if error.code in _NOT_BONDED:
        return BleError(Cause.NOT_BONDED, f"{failed}: the device wants to be bonded with")
    return BleError(Cause.REFUSED, f"{failed}: the device refuses ({error.code.name.lower()})")


def _dbus(error: BleakDBusError, failed: str) -> BleError:
    if error.dbus_error == "org.bluez.Error.NotPermitted":  # what BlueZ makes of insufficient authentication
        return BleError(Cause.NOT_BONDED, f"{failed}: the device refuses, or wants to be bonded with")
    if error.dbus_error in _REFUSALS:
        return BleError(Cause.REFUSED, f"{failed}: {error.dbus_error_details or error.dbus_error}")
    if error.dbus_error == "org.freedesktop.DBus.Error.UnknownObject":
        return BleError(Cause.STALE, f"{failed}: BlueZ does not know it any more")
    return bluez.told(error.dbus_error, list(error.args[1:]), failed)
