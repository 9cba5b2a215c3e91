"""Passwords that are hashed in no time: what argon2id costs is for test_password.py."""

import pytest

from edged.access import password


def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password, "_MEMORY_KIB", 16)
    monkeypatch.setattr(password, "_PASSES", 1)
