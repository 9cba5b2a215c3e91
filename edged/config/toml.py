"""Reads a configuration file, and says where and how it is wrong."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from edged.config.lines import Loc, line_of
from edged.config.model import ChainConfig, Config, WrongEntryError, nearest
from edged.errors import ConfigError
from edged.signals.steps import AnyStep

_NOT_A_TABLE: Final = frozenset({"model_type", "model_attributes_type", "dict_type"})
_NOT_A_LIST: Final = frozenset({"tuple_type", "list_type"})


def load(path: Path) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or says something that is not understood;
            names file, line and key, and for an unknown key the nearest known one.
    """
    return parse(read(path), path)


def read(path: Path) -> str:
    """Return the text of a configuration file.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        mend = "Write a first one with: edged config example > edged.toml"
        raise ConfigError("there is no such file", file=path, mend=mend) from error
    except OSError as error:
        mend = "It must be a file that the user may read under whom edged runs."
        raise ConfigError(f"cannot be read: {error.strerror}", file=path, mend=mend) from error
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8 text", file=path, mend="Save it as UTF-8.") from error


def parse(text: str, file: Path) -> Config:
    """Check a configuration text; ``file`` is its name in messages.

    Raises:
        ConfigError: as ``load``.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(str(error), text, file) from error
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        raise _explain(error.errors()[0], text, file) from error


def check_steps(steps: Sequence[object]) -> tuple[AnyStep, ...]:
    """Check the steps of a chain that stands in no file yet.

    Args:
        steps: a table each, as in a configuration.

    Raises:
        ConfigError: as ``load``; its key begins at the steps: ``steps[0].cutoff_hz``.
    """
    try:
        return ChainConfig.model_validate({"stream": "any", "steps": steps}).steps
    except ValidationError as error:
        raise _explain(error.errors()[0], "", None, ChainConfig) from error


def said(text: str) -> dict[str, Any] | None:
    """Return what a text says, without defaults and unchecked; None where it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def mistakes(text: str, file: Path) -> list[ConfigError]:
    """Return all that is wrong with a text, and not only what is met first; see ``parse``."""
    try:
        Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        return [_not_toml(str(error), text, file)]
    except ValidationError as error:
        return [_explain(each, text, file) for each in error.errors()]
    return []


def _not_toml(message: str, text: str, file: Path) -> ConfigError:
    """Take the line out of the message: ``tomllib`` tells it nowhere else."""
    what, _, place = message.partition(" (at ")
    lines = text.splitlines()
    at = re.match(r"line (\d+)", place)
    line = int(at[1]) if at else len(lines)
    written = lines[line - 1] if line <= len(lines) else ""
    key = re.match(r"\s*\[*\s*([\w.-]+)\s*[]=]", written)
    return ConfigError(
        f"is not TOML: {what[:1].lower()}{what[1:]}",
        file=file,
        line=line,
        key=key[1] if key else "",
        mend="Look there for a quote, a bracket or an equals sign too few, or a key or table given twice.",
    )


def _explain(
    error: ErrorDetails, text: str, file: Path | None, model: type[BaseModel] = Config
) -> ConfigError:
    models, loc = _walk(error["loc"], model)
    kind, shown = error["type"], repr(error["input"])
    field = models[-1].model_fields.get(str(loc[-1])) if loc else None
    mend = _help(field)
    what = error["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        known = list(models[-1].model_fields)
        what = f"unknown key {str(loc[-1])!r}"
        mend = nearest(str(loc[-1]), known) or f"Known here: {', '.join(known)}."
    elif kind == "missing":
        what = f"the key {str(loc[-1])!r} is missing"
    elif kind == "union_tag_invalid":
        name = str(error.get("ctx", {}).get("tag", ""))
        what = f"there is no step {name!r}"
        mend = nearest(name, list(_STEP_MODELS)) or _KNOWN_STEPS
    elif kind == "union_tag_not_found":
        what, mend = "the key 'step' is missing: it names the step", _KNOWN_STEPS
    elif kind in _NOT_A_TABLE:
        what, mend = "must be a table", _table_mend(loc)
    elif kind in _NOT_A_LIST:
        what, mend = "must be a list", _list_mend(loc)
    elif kind != "value_error":
        what = f"{what[0].lower()}{what[1:]}" + ("" if _is_secret(field) else f", not {shown}")
    found = error.get("ctx", {}).get("error")
    if isinstance(found, WrongEntryError):
        loc, mend = (*loc, *found.loc), found.mend
    return ConfigError(what, file=file, line=line_of(text, loc), key=_dotted(loc), mend=mend)


def _help(field: FieldInfo | None) -> str:
    """Return what a key is for: whoever wrote a wrong value needs to know."""
    if field is None:
        return ""
    told = [field.description, *(getattr(part, "description", None) for part in field.metadata)]
    return next((f"It is: {text}" for text in told if text), "")


def _table_mend(loc: Loc) -> str:
    if "steps" in loc:
        return 'Write { step = "..." }.'
    if isinstance(loc[-1], int):
        return _list_mend(loc)
    return f"Write [{loc[-1]}] and below it its keys."


def _list_mend(loc: Loc) -> str:
    if loc[-1] == "steps":
        return 'Write steps = [{ step = "..." }].'
    names = ".".join(part for part in loc if isinstance(part, str))
    return f"Write [[{names}]], with two brackets, above each."


def _is_secret(field: FieldInfo | None) -> bool:
    return field is not None and "SecretStr" in str(field.annotation)


def _step_models() -> dict[str, type[BaseModel]]:
    union = get_args(AnyStep)[0]
    return {get_args(model.model_fields["step"].annotation)[0]: model for model in get_args(union)}


_STEP_MODELS: Final = _step_models()
_KNOWN_STEPS: Final = f"Known: {', '.join(_STEP_MODELS)}."


def _walk(loc: Loc, model: type[BaseModel]) -> tuple[list[type[BaseModel]], Loc]:
    """Follow a location through the models: return those passed, and the location as the file has it.

    pydantic puts the name of the chosen step among the keys; the file does not.
    """
    models: list[type[BaseModel]] = [model]
    path: list[int | str] = []
    for depth, part in enumerate(loc, start=1):
        if part in _STEP_MODELS and path[-2:-1] == ["steps"]:
            models.append(_STEP_MODELS[str(part)])
            continue
        path.append(part)
        field = models[-1].model_fields.get(str(part))
        if field is not None and depth < len(loc):
            models.extend(_models_in(field.annotation))
    return models, tuple(path)


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found = [model for argument in get_args(annotation) for model in _models_in(argument)]
    return found[:1]


def _dotted(loc: Loc) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
