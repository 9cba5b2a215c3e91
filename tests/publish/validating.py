"""Payloads against their schemas, formats included."""

from functools import cache
from typing import Any

import jsonschema

from edged.publish.payload import schema


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    assert "date-time" in checker.checkers, "times would not be looked at"
    return jsonschema.Draft202012Validator(schema(name), format_checker=checker)


def validate(told: Any, name: str) -> None:
    """Fail where a payload does not fit its schema."""
    validator(name).validate(told)
