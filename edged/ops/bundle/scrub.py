"""Keeps secrets and readings out of what leaves the board."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final
from urllib.parse import quote, unquote

from pydantic import BaseModel, SecretStr

from edged.config.edit import KEPT
from edged.config.model import Config
from edged.errors import BrokerRefused
from edged.ops.status import Status
from edged.publish.password import broker_password

_USER: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:(?://)?)[^\s/?#@\"'<>]+@(?=[^\s@])")
"""User and password in a URL."""
_USER_OF_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?://)?([^\s/?#@]+)@")


def secrets_of(config: Config) -> frozenset[str]:
    """Return every secret of a configuration: passwords, also in files, and whoever is named in a URL."""
    found = set(_secrets(config))
    if config.uplink is not None:
        with suppress(BrokerRefused):  # what cannot be read is not known, and stands nowhere
            found.add(broker_password(config.uplink) or "")
    return frozenset(found - {""})


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """Return a text with ``KEPT`` in the place of every secret, however written, and of users in URLs."""
    spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, KEPT)
    return _USER.sub(rf"\1{KEPT}@", text)


def without_readings(status: Status) -> Status:
    """Return a status without what was measured of anybody."""
    unknown = {"heart_rate": None, "rmssd_ms": None, "zone": None, "contact": None, "quality": None}
    subjects = [each.model_copy(update=unknown) for each in status.subjects]
    sources = [each.model_copy(update={"heart_rate": None}) for each in status.sources]
    return status.model_copy(update={"subjects": subjects, "sources": sources})


def _secrets(told: object) -> Iterator[str]:
    if isinstance(told, SecretStr):
        yield told.get_secret_value()
    elif isinstance(told, BaseModel):
        for name in type(told).model_fields:
            yield from _secrets(getattr(told, name))
    elif isinstance(told, dict):
        for value in told.values():
            yield from _secrets(value)
    elif isinstance(told, list | tuple):
        for value in told:
            yield from _secrets(value)
    elif isinstance(told, str) and (match := _USER_OF_URL.match(told)):
        user, _, password = match[1].partition(":")
        yield password or user


def _spellings(secret: str) -> Iterator[str]:
    """Yield a secret as JSON, TOML, a URL or Python's own words have it."""
    for each in (secret, unquote(secret)):
        yield each
        yield json.dumps(each)[1:-1]
        yield json.dumps(each, ensure_ascii=False)[1:-1]
        yield repr(each)[1:-1]
        yield quote(each, safe="")
        yield quote(each)
