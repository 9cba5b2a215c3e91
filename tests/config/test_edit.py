"""Changes to a text: what is not meant stays, comments too; secrets are not shown."""

import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.config.edit import KEPT, Edit, edited, masked, unmasked
from edged.config.toml import parse
from edged.errors import ConfigError

TEXT = """\
# The hall in Reykjavik.
[uplink]
url = "mqtt://broker"  # behind the stage
password = "s3cret-word"

[[subject]]
name = "white"  # left of the board

[[source]]
name = "strap-1"
link = "sim:resting"
subject = "white"

[[source.chain]]
stream = "ecg"
steps = [{ step = "highpass", cutoff_hz = 0.5 }]
"""


def test_a_key_is_set_and_all_else_stays() -> None:
    after = edited(TEXT, [Edit("set", ("subject", "white", "title"), "Bobby")])
    lines = after.splitlines()
    assert [line for line in lines if line not in TEXT.splitlines()] == ['title = "Bobby"']
    assert "# left of the board" in after
    assert "# The hall in Reykjavik." in after


def test_none_takes_a_key_away() -> None:
    after = tomllib.loads(edited(TEXT, [Edit("set", ("source", "strap-1", "subject"), None)]))
    assert "subject" not in after["source"][0]
    assert edited(TEXT, [Edit("set", ("source", "strap-1", "trace"), None)]) == TEXT


def test_an_entry_comes_with_what_belongs_to_it() -> None:
    new = {
        "name": "strap-2",
        "link": "sim:stress",
        "subject": None,
        "chain": [{"stream": "rr_interval", "steps": [{"step": "rr_clean"}]}],
    }
    after = edited(TEXT, [Edit("add", ("source",), new), Edit("add", ("subject",), {"name": "black"})])
    config = parse(after, Path("a"))
    assert [source.name for source in config.source] == ["strap-1", "strap-2"]
    assert config.source[1].chain[0].stream == "rr_interval"
    assert [subject.name for subject in config.subject] == ["white", "black"]


def test_the_first_entry_of_its_kind_and_a_section_that_was_not_there() -> None:
    after = edited("", [Edit("add", ("subject",), {"name": "black"}), Edit("set", ("web", "port"), 9000)])
    config = parse(after, Path("a"))
    assert (config.subject[0].name, config.web.port) == ("black", 9000)


def test_entries_are_removed_and_replaced_by_name() -> None:
    chain = {"stream": "ecg", "steps": [{"step": "notch", "frequency_hz": 50}]}
    after = edited(
        TEXT,
        [Edit("set", ("source", "strap-1", "chain", "ecg"), chain), Edit("remove", ("subject", "white"))],
    )
    told = tomllib.loads(after)
    assert told["source"][0]["chain"] == [chain]
    assert told.get("subject", []) == []


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (Edit("set", ("source", "strap-9", "link"), "x"), "there is no strap-9"),
        (Edit("remove", ("source", "strap-1", "trace")), "there is no source.strap-1.trace"),
        (Edit("remove", ("nope", "a")), "there is no nope"),
        (Edit("remove", ("uplink", "url", "x")), "there is no uplink.url.x"),
        (Edit("add", ("uplink", "url"), {}), "url holds no entries"),
        (Edit("add", ("source",), "x"), "an entry is a table"),
        (Edit("set", ("source", "strap-1"), "x"), "an entry is a table"),
        (Edit("set", ()), "a change needs a path"),
        (Edit("set", ("uplink", 1), "x"), "there is no uplink.1"),
        (Edit("set", (0, "url"), "x"), "there is no 0"),
        (Edit("add", ("source", "strap-1"), {}), "there is no source.strap-1"),
        (Edit("add", ("uplink", 0), {}), "there is no uplink.0"),
        (Edit("remove", ("source", -1)), "there is no -1"),
    ],
)
def test_what_is_not_there_is_named(edit: Edit, what: str) -> None:
    with pytest.raises(ConfigError) as told:
        edited(TEXT, [edit])
    assert told.value.what == what


def test_entries_that_stand_in_one_line_stay_there() -> None:
    text = 'source = [{ name = "a", link = "sim:" }]  # one\n'
    there = ("source", "a", "chain")
    rr = {"stream": "rr_interval", "steps": [{"step": "hampel"}], "left_out": None}
    text = edited(
        text, [Edit("set", ("source", "a", "link"), "tcp:"), Edit("add", ("source",), {"name": "b"})]
    )
    assert text == 'source = [{ name = "a", link = "tcp:" }, {name = "b"}]  # one\n'
    text = edited(text, [Edit("set", there, [rr | {"left_out": 1}]), Edit("remove", ("source", "b"))])
    text = edited(text, [Edit("set", (*there, "rr_interval", "steps"), []), Edit("add", there, rr)])
    (source,) = tomllib.loads(text)["source"]
    assert source["chain"] == [
        {"stream": "rr_interval", "steps": [], "left_out": 1},
        {"stream": "rr_interval", "steps": [{"step": "hampel"}]},
    ]


def test_a_secret_is_not_shown_and_comes_back_as_it_was() -> None:
    shown = masked(TEXT)
    assert "s3cret-word" not in shown
    assert f'password = "{KEPT}"' in shown
    assert unmasked(shown, TEXT) == TEXT
    assert 'password = "another"' in unmasked(shown.replace(KEPT, "another"), TEXT)


def test_where_there_is_no_secret_none_can_be_kept() -> None:
    assert masked("[node]\n") == "[node]\n"
    with pytest.raises(ConfigError, match="there is no secret to keep at uplink"):
        unmasked(masked(TEXT), "[node]\n")


def test_an_entry_is_found_at_its_place_too() -> None:
    text = TEXT + '\n[[source]]\nname = "strap-1"\nlink = "tcp://b"\n'
    after = edited(text, [Edit("set", ("source", 1, "name"), "strap-2"), Edit("remove", ("subject", 0))])
    assert [each["name"] for each in tomllib.loads(after)["source"]] == ["strap-1", "strap-2"]
    steps = ("source", 0, "chain", 0, "steps")
    after = edited(
        TEXT,
        [Edit("set", (*steps, 0, "cutoff_hz"), 1), Edit("add", steps, {"step": "median", "window": None})],
    )
    assert 'steps = [{ step = "highpass", cutoff_hz = 1 }, {step = "median"}]' in after
    with pytest.raises(ConfigError, match="there is no 1"):
        edited(TEXT, [Edit("remove", ("source", 1))])


def test_a_secret_is_kept_while_a_text_that_is_not_toml_is_mended() -> None:
    wrong = TEXT + "\n[["
    shown = masked(wrong)
    assert f'password = "{KEPT}"' in shown
    mended = unmasked(shown.removesuffix("[["), wrong)
    assert tomllib.loads(mended) == tomllib.loads(TEXT)
    with pytest.raises(ConfigError, match="there is no secret to keep at uplink"):
        unmasked(masked(TEXT), '# password = "x"\n[[')


def test_of_what_is_not_toml_no_secret_is_shown_either() -> None:
    shown = masked(TEXT + "\n[[")
    assert "s3cret-word" not in shown
    assert "# behind the stage" in shown
    assert unmasked("[[", TEXT) == "[["
    with pytest.raises(ConfigError, match="is not TOML"):
        edited("[[", [Edit("set", ("a", "b"), 1)])


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40))
def test_any_text_can_be_a_title(title: str) -> None:
    after = edited(TEXT, [Edit("set", ("subject", "white", "title"), title)])
    assert tomllib.loads(after)["subject"][0]["title"] == title


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("node", "site"), [None], "cannot stand in TOML"),
        (("node", "site"), {"a": [1, None]}, "cannot stand in TOML"),
        (("node", "site", "deeper"), "x", "there is no node.site.deeper"),
        (("",), "", ""),
    ],
)
def test_what_cannot_be_set_is_said(path: tuple[str, ...], value: object, told: str) -> None:
    text = '[node]\nsite = "hall"\n'
    if told:
        with pytest.raises(ConfigError, match=told):
            edited(text, [Edit("set", path, value)])
    else:
        assert '"" = ""' in edited(text, [Edit("set", path, value)])


def test_an_entry_whose_name_is_none_is_passed_over() -> None:
    text = '[[source]]\nname = ["strap-1"]\n\n[[source]]\nname = "strap-1"\n'
    assert edited(text, [Edit("remove", ("source", "strap-1"))]).count("[[source]]") == 1


STEPS = st.one_of(
    st.sampled_from(["uplink", "source", "strap-1", "chain", "ecg", "steps", "url", "nope", ""]),
    st.integers(-2, 3),
)
VALUES = st.one_of(
    st.none(),
    st.text(max_size=3),
    st.integers(),
    st.just({"name": "x"}),
    st.just([{"name": "x"}]),
    st.just([1]),
)
EDITS = st.builds(
    Edit,
    st.sampled_from(["set", "add", "remove"]),
    st.lists(STEPS, min_size=1, max_size=5).map(tuple),
    VALUES,
)


@given(st.lists(EDITS, min_size=1, max_size=3))
def test_whatever_is_changed_is_done_or_refused(edits: list[Edit]) -> None:
    with suppress(ConfigError):
        tomllib.loads(edited(TEXT, edits))
