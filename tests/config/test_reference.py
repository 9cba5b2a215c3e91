import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from pydantic import BaseModel

from edged.config import model, reference
from edged.config.toml import load, parse
from edged.signals.steps import AnyStep
from scripts import docs

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = dict(reference._SECTIONS)


@pytest.mark.parametrize("path", docs.GENERATED)
def test_what_is_committed_is_what_the_code_says(path: str) -> None:
    committed = (ROOT / path).read_text(encoding="utf-8")
    assert committed == docs.GENERATED[path](), "run: python scripts/docs.py"


def test_the_example_is_a_configuration() -> None:
    config = load(ROOT / "config" / "edged.example.toml")
    assert config.uplink == model.UplinkConfig()
    assert [source.name for source in config.source] == ["strap-1"]
    assert [subject.name for subject in config.subject] == ["player-white"]
    assert config.source[0].steps_for("rr_interval")
    for name in ("node", "journal", "live", "web", "log"):
        assert getattr(config, name) == type(getattr(config, name))()


def uncommented() -> str:
    return re.sub(r"(?m)^# (\w+ = |\[\[)", r"\1", reference.example())


def test_what_is_commented_out_is_the_default() -> None:
    shown = tomllib.loads(uncommented())
    one_password = re.sub(r"(?m)^password = .*", "", uncommented())  # and not a file for it too
    filled = parse(one_password, Path("example")).model_dump()
    checked = 0
    for header, section in SECTIONS.items():
        names = header.strip("[]").split(".")
        table: Any = shown
        for name in names:
            table = table[name][0] if isinstance(table[name], list) else table[name]
        for name, field in section.model_fields.items():
            if name in reference._TABLES:
                continue
            assert name in table, f"{header} {name} is not in the example"
            if not field.is_required() and field.default is not None and name != "title":
                value: Any = filled
                for part in names:
                    value = value[part][0] if isinstance(value[part], tuple) else value[part]
                assert value[name] == field.default
                checked += 1
    assert checked > 20


def test_an_example_that_is_no_default_says_so() -> None:
    without = [line for line in reference.example().splitlines() if line.endswith("# no default")]
    assert len(without) == 11
    for line in without:
        assert '""' not in line


def test_the_schema_is_one_and_takes_the_example() -> None:
    schema = json.loads(reference.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(tomllib.loads(reference.example()))
    validator.validate(tomllib.loads(uncommented()))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"node": {"nam": "x"}})


def models() -> list[type[BaseModel]]:
    return [*SECTIONS.values(), *get_args(get_args(AnyStep)[0])]


def test_every_model_of_the_configuration_has_a_section() -> None:
    kinds = [vars(model)[name] for name in vars(model)]
    sections = {
        kind
        for kind in kinds
        if isinstance(kind, type)
        and issubclass(kind, model.ConfigModel)
        and kind not in {model.ConfigModel, model.Config}
    }
    assert sections == set(SECTIONS.values())


@pytest.mark.parametrize("kind", models())
def test_the_page_lists_every_field_of_every_model(kind: type[BaseModel]) -> None:
    page = reference.markdown()
    assert str(kind.__doc__) in page
    for name, field in kind.model_fields.items():
        if name in {"step", *reference._TABLES}:
            continue
        rows = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        assert any(str(reference._help(field)) in row for row in rows), name


@pytest.mark.parametrize("kind", models())
def test_every_field_has_help(kind: type[BaseModel]) -> None:
    for name, field in kind.model_fields.items():
        if name != "step":
            assert reference._help(field), f"{kind.__name__}.{name}"


def test_ranges_as_people_read_them() -> None:
    page = reference.markdown()
    assert "| `queue_chunks` | `8192` | 64 to 1000000 |" in page
    assert "| `commit_interval_s` | `1` | above 0 to 60 |" in page
    assert '| `protocol` | `"auto"` | `auto`, `5`, `3.1.1` |' in page
    assert "| `cutoff_hz` | required | above 0 |" in page
    assert "| `hr_max` | none | 100 to 240 |" in page


def test_docs_are_checked_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main(["--check"], tmp_path) == 1
    assert "docs/configuration.md is not what the code says" in capsys.readouterr().err
    assert docs.main([], tmp_path) == 0
    assert docs.main(["--check"], tmp_path) == 0
    (tmp_path / "docs" / "configuration.md").write_text("by hand", encoding="utf-8")
    assert docs.main(["--check"], tmp_path) == 1
    assert docs.write(tmp_path) == ["docs/configuration.md"]
    assert docs.outdated(tmp_path) == []
