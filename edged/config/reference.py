"""Writes what the model says: the example file, the JSON Schema, and the reference page."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from edged.config.model import (
    AdapterConfig,
    BleConfig,
    ChainConfig,
    Config,
    JournalConfig,
    LiveConfig,
    LogConfig,
    NodeConfig,
    SourceConfig,
    SubjectConfig,
    TelemetryConfig,
    UplinkConfig,
    WebConfig,
)
from edged.signals.steps import AnyStep

_SECTIONS: Final[tuple[tuple[str, type[BaseModel]], ...]] = (
    ("[node]", NodeConfig),
    ("[uplink]", UplinkConfig),
    ("[live]", LiveConfig),
    ("[journal]", JournalConfig),
    ("[web]", WebConfig),
    ("[log]", LogConfig),
    ("[telemetry]", TelemetryConfig),
    ("[ble]", BleConfig),
    ("[[ble.adapter]]", AdapterConfig),
    ("[[subject]]", SubjectConfig),
    ("[[source]]", SourceConfig),
    ("[[source.chain]]", ChainConfig),
)

_SAMPLE: Final[dict[str, dict[str, object]]] = {
    "[[subject]]": {"name": "player-white", "title": "Ada Lovelace", "hr_max": 180},
    "[[source]]": {"name": "strap-1", "link": "sim:resting?seed=1", "subject": "player-white"},
    "[[source.chain]]": {"stream": "rr_interval"},
}
_TABLES: Final = {"chain", "adapter"}
"""Arrays of tables: sections of their own, which in the sample stand empty, or not at all."""
_ABSENT: Final = {"[[ble.adapter]]"}
_CHAIN_STEPS: Final = """steps = [
    { step = "rr_clean", tolerance = 0.15 },
    { step = "hrv", window_s = 60 },
]"""


def example() -> str:
    """Return a complete configuration file: every setting with its help, its default commented out."""
    lines = [
        "# Configuration of edged. What is commented out is the default, or an example where there is none.",
        "",
    ]
    for header, model in _SECTIONS:
        lines += _comment(model.__doc__ or "")
        lines.append(f"# {header}" if header in _ABSENT else header)
        sample = _SAMPLE.get(header, {})
        for name, field in model.model_fields.items():
            if name in _TABLES:
                continue
            lines += _comment(_help(field))
            if name == "steps":
                lines.append(_CHAIN_STEPS)
            elif name in sample:
                lines.append(f"{name} = {_toml(sample[name])}")
            elif header == "[uplink]" and name == "url":
                lines.append(f"{name} = {_toml(_default(field))}")
            elif _default(field) is None:
                lines.append(f"# {name} = {_toml((field.examples or [''])[0])}  # no default")
            else:
                lines.append(f"# {name} = {_toml(_default(field))}")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def schema() -> str:
    """Return the JSON Schema of the configuration, for editors."""
    return json.dumps(Config.model_json_schema(), indent=2) + "\n"


def markdown() -> str:
    """Return the reference page."""
    lines = [
        "# Configuration",
        "",
        "One TOML file. `edged config example` writes a complete one, `edged check -c FILE` checks one,",
        "`edged config schema` gives editors its JSON Schema. An unknown key is refused.",
        "This page is generated from the model (`make docs`).",
    ]
    for header, model in _SECTIONS:
        lines += ["", f"## `{header}`", "", model.__doc__ or "", ""]
        lines += _table(model, skip=_TABLES)
    lines += ["", "## Steps of a chain", "", "Each entry of `steps` is a table with the key `step`."]
    for model in get_args(get_args(AnyStep)[0]):
        (name,) = get_args(model.model_fields["step"].annotation)
        lines += ["", f"### `{name}`", "", model.__doc__ or "", ""]
        if len(model.model_fields) > 1:
            lines += _table(model, skip={"step"})
    return "\n".join(lines).rstrip() + "\n"


def _table(model: type[BaseModel], *, skip: set[str]) -> Iterator[str]:
    yield "| key | default | range | what |"
    yield "|---|---|---|---|"
    properties = model.model_json_schema()["properties"]
    for name, field in model.model_fields.items():
        if name in skip:
            continue
        value = _default(field)
        default = "required" if field.is_required() else "none" if value is None else f"`{_toml(value)}`"
        yield f"| `{name}` | {default} | {_range(properties[name])} | {_help(field)} |"


def _range(schema: dict[str, Any]) -> str:
    options = schema.get("anyOf", [schema])
    known = next((option for option in options if option.get("type") != "null"), schema)
    if "enum" in known:
        return ", ".join(f"`{choice}`" for choice in known["enum"])
    low = known.get("minimum", known.get("exclusiveMinimum"))
    high = known.get("maximum", known.get("exclusiveMaximum"))
    above = "above " if "exclusiveMinimum" in known else ""
    if low is not None and high is not None:
        return f"{above}{_toml(low)} to {_toml(high)}"
    if low is not None:
        return f"{above or 'from '}{_toml(low)}"
    return ""


def _help(field: FieldInfo) -> str:
    if field.description:
        return field.description
    return next((str(m.description) for m in field.metadata if getattr(m, "description", None)), "")


def _default(field: FieldInfo) -> object:
    value = field.get_default(call_default_factory=True, validated_data={})
    return None if value is PydanticUndefined else value


def _toml(value: object) -> str:
    if isinstance(value, Path):
        return json.dumps(str(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, 100)]
