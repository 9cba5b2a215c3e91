from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from edged.config.model import DEFAULT_RR_CHAIN, Config, SourceConfig, WebConfig
from edged.config.toml import load, parse
from edged.errors import ConfigError
from edged.signals.steps import Median

FILE = Path("edged.toml")
SOURCE = '[[source]]\nname = "a"\nlink = "sim:resting"\n'
SUBJECT = '[[subject]]\nname = "player"\n'
SECRET = "s3cret"  # noqa: S105  no secret of anybody: it is looked for in what is written

WRONG = {
    "unknown key": ('[node]\nnam = "x"', 2, "node.nam", "unknown key 'nam'", "Did you mean 'name'?"),
    "unknown key, nothing like it": (
        "[log]\nzzz = 1",
        2,
        "log.zzz",
        "unknown key 'zzz'",
        "Known here: level.",
    ),
    "unknown table": ("\n[weeb]\nport = 1", 2, "weeb", "unknown key 'weeb'", "Did you mean 'web'?"),
    "unknown dotted key": ("web.prt = 1", 1, "web.prt", "unknown key 'prt'", "Did you mean 'port'?"),
    "unknown quoted key": (
        '"web"."po\\u0072tt" = 1',
        1,
        "web.portt",
        "unknown key 'portt'",
        "Did you mean 'port'?",
    ),
    "unknown key in an inline table": (
        'node = { site = "a",\tnam = "b" }',
        1,
        "node.nam",
        "unknown key 'nam'",
        "Did you mean 'name'?",
    ),
    "missing key": (
        SOURCE + '[[source]]\nname = "b"',
        4,
        "source[1].link",
        "the key 'link' is missing",
        "It is: Where it is: ble:, serial:, sim:, replay: or tcp://, see docs/drivers.md.",
    ),
    "too large": (
        "[web]\nport = 70000",
        2,
        "web.port",
        "input should be less than or equal to 65535, not 70000",
        "It is: TCP port; 0 takes any free one and says which.",
    ),
    "wrong type": (
        '[web]\n# port = 1\nport = "abc"',
        3,
        "web.port",
        "input should be a valid integer, unable to parse string as an integer, not 'abc'",
        "It is: TCP port; 0 takes any free one and says which.",
    ),
    "not one of the known": (
        '[log]\nlevel = "loud"',
        2,
        "log.level",
        "input should be 'debug', 'info', 'warning' or 'error', not 'loud'",
        "It is: Least level that is written.",
    ),
    "a name with a space": (
        '[[subject]]\nname = "Player 1"',
        2,
        "subject[0].name",
        "string should match pattern '^[a-z0-9][a-z0-9-]{0,31}$', not 'Player 1'",
        "It is: As topics name it, such as player-white.",
    ),
    "one for a table": ("node = 5", 1, "node", "must be a table", "Write [node] and below it its keys."),
    "one bracket too few": (
        '[source]\nname = "a"',
        1,
        "source",
        "must be a list",
        "Write [[source]], with two brackets, above each.",
    ),
    "one bracket too few, below": (
        SOURCE + '[source.chain]\nstream = "ecg"',
        4,
        "source[0].chain",
        "must be a list",
        "Write [[source.chain]], with two brackets, above each.",
    ),
    "a list of something else": (
        "source = [\n1 ]",
        2,
        "source[0]",
        "must be a table",
        "Write [[source]], with two brackets, above each.",
    ),
    "no address": (
        '[web]\nhost = "here"',
        2,
        "web.host",
        "must be an address of this board, 127.0.0.1, or 0.0.0.0 for all",
        f"It is: {WebConfig.model_fields['host'].description}",
    ),
    "no file": (
        '[journal]\npath = ""',
        2,
        "journal.path",
        "must name a file, such as /var/lib/edged/edged.db",
        "It is: The SQLite file; its folder must be writable.",
    ),
    "two sources of one name": (
        SOURCE + "\n" + SOURCE,
        6,
        "source[1].name",
        "source[0] and source[1] have the same name 'a'",
        "Change or remove one of them.",
    ),
    "two subjects of one name": (
        SUBJECT + SUBJECT,
        4,
        "subject[1].name",
        "subject[0] and subject[1] have the same name 'player'",
        "Change or remove one of them.",
    ),
    "two sources of one subject": (
        SUBJECT + SOURCE + 'subject = "player"\n' + SOURCE.replace('"a"', '"b"') + 'subject = "player"',
        10,
        "source[1].subject",
        "source[0] and source[1] have the same subject 'player'",
        "Change or remove one of them.",
    ),
    "a subject that is misspelt": (
        SUBJECT + SOURCE + 'subject = "playr"',
        6,
        "source[0].subject",
        "source 'a' measures 'playr', and there is no such subject",
        "Did you mean 'player'?",
    ),
    "a subject that is not there": (
        SOURCE + 'subject = "x"',
        4,
        "source[0].subject",
        "source 'a' measures 'x', and there is no such subject",
        "Add a [[subject]] with that name.",
    ),
    "two chains of one stream": (
        SOURCE + 'chain = [\n  { stream = "ecg", steps = [] },\n  { stream = "ecg", steps = [] },\n]',
        6,
        "source[0].chain[1].stream",
        "chain[0] and chain[1] have the same stream 'ecg'",
        "Change or remove one of them.",
    ),
    "unknown step": (
        SOURCE
        + '[[source.chain]]\nstream = "ecg"\nsteps = [\n  { step = "notch" },\n  { step = "medan" },\n]',
        8,
        "source[0].chain[0].steps[1]",
        "there is no step 'medan'",
        "Did you mean 'median'?",
    ),
    "unknown step, nothing like it": (
        SOURCE + '[[source.chain]]\nstream = "ecg"\nsteps = [{ step = "xyz" }]',
        6,
        "source[0].chain[0].steps[0]",
        "there is no step 'xyz'",
        "Known: median, hampel, lowpass, highpass, bandpass, notch, rr_clean, hrv.",
    ),
    "a step without a name": (
        SOURCE + '[[source.chain]]\nstream = "ecg"\nsteps = [{ window = 5 }]',
        6,
        "source[0].chain[0].steps[0]",
        "the key 'step' is missing: it names the step",
        "Known: median, hampel, lowpass, highpass, bandpass, notch, rr_clean, hrv.",
    ),
    "a step that is no table": (
        SOURCE + '[[source.chain]]\nstream = "ecg"\nsteps = ["median"]',
        6,
        "source[0].chain[0].steps[0]",
        "must be a table",
        'Write { step = "..." }.',
    ),
    "steps that are no list": (
        SOURCE + '[[source.chain]]\nstream = "ecg"\nsteps = "median"',
        6,
        "source[0].chain[0].steps",
        "must be a list",
        'Write steps = [{ step = "..." }].',
    ),
    "the same key in two steps": (
        SOURCE
        + '[[source.chain]]\nstream = "ecg"\nsteps = [\n  { step = "hampel", window = 5 },\n'
        + '  { step = "hampel", window = 2 },\n]',
        8,
        "source[0].chain[0].steps[1].window",
        "input should be greater than or equal to 3, not 2",
        "It is: Samples in the window, the newest last.",
    ),
    "an unknown parameter of a step": (
        SOURCE + '[[source.chain]]\nstream = "ecg"\nsteps = [{ step = "median", windw = 5 }]',
        6,
        "source[0].chain[0].steps[0].windw",
        "unknown key 'windw'",
        "Did you mean 'window'?",
    ),
    "parameters that contradict each other": (
        SOURCE + '[[source.chain]]\nstream = "ecg"\nsteps = [\n\n{ step = "median", window = 4 }]',
        8,
        "source[0].chain[0].steps[0]",
        "window must be odd; write 5",
        "",
    ),
    "the second source's second chain": (
        SOURCE
        + "[[source]]\nname = 'b'\nlink = '''tcp://x:1'''\n[[source.chain]]\nstream = 'ecg'\nsteps = []\n"
        + "[[source.chain]]\nstream = 'Ecg'\nsteps = []",
        11,
        "source[1].chain[1].stream",
        "string should match pattern '^[a-z][a-z0-9_]{0,31}$', not 'Ecg'",
        "It is: The stream it is for, such as rr_interval or ecg.",
    ),
    "a secret of the wrong type": (
        f'[uplink]\npassword = ["{SECRET}"]',
        2,
        "uplink.password",
        "input should be a valid string",
        "It is: Password at the broker.",
    ),
    "a secret in a table's place": (
        f'uplink = "mqtts://user:{SECRET}@host"',
        1,
        "uplink",
        "must be a table",
        "Write [uplink] and below it its keys.",
    ),
    "a secret under a misspelt key": (
        f'[uplink]\npasword = "{SECRET}"',
        2,
        "uplink.pasword",
        "unknown key 'pasword'",
        "Did you mean 'password'?",
    ),
}


@pytest.mark.parametrize(("text", "line", "key", "what", "mend"), WRONG.values(), ids=WRONG)
def test_an_error_says_what_where_and_what_to_do(
    text: str, line: int, key: str, what: str, mend: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(text, FILE)
    error = raised.value
    assert (error.file, error.line, error.key) == (FILE, line, key)
    assert error.what == what
    assert error.mend == mend
    assert str(error).startswith(f"edged.toml:{line}: {key}: {what}")
    assert SECRET not in str(error)
    assert SECRET not in str(error.__cause__)


@pytest.mark.parametrize(
    ("text", "line", "key", "what"),
    [
        ("[web]\nport = 1\nport = 2\n[log]\n", 3, "port", "cannot overwrite a value"),
        ("[node]\n\n[node]\n", 3, "node", "cannot declare ('node',) twice"),
        ("[web\nport = 1", 1, "", "expected ']' at the end of a table declaration"),
        ('[web]\nhost = "a', 2, "host", "unterminated string"),
        ('\nlink = """', 2, "link", "unterminated string"),
        ("a = 1\nb = [1,", 2, "b", "invalid value"),
        (f'[uplink]\npassword = "{SECRET}', 2, "password", "unterminated string"),
        (f"[uplink]\npassword = {SECRET}", 2, "password", "invalid value"),
    ],
)
def test_what_is_not_toml_is_named_by_line_and_key(text: str, line: int, key: str, what: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(text, FILE)
    error = raised.value
    assert (error.line, error.key) == (line, key)
    assert error.what == f"is not TOML: {what}"
    assert error.mend.startswith("Look there for")
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    "url",
    [
        f"mqtt://user:{SECRET}@host",
        f"mqtt://user:{SECRET}",
        f"mqtt://user:{SECRET}#@host",
        f"mqtt://[user:{SECRET}@host",
        f"http://{SECRET}",
        f"mqtt://:{SECRET}",
        "mqtt://host:99999",
        "mqtt://",
        "",
    ],
)
def test_a_brokers_url_is_never_quoted(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(f'[uplink]\nurl = "{url}"', FILE)
    assert raised.value.key == "uplink.url"
    assert SECRET not in str(raised.value)
    assert SECRET not in str(raised.value.__cause__)


@pytest.mark.parametrize("url", ["mqtt://host", "mqtts://host:8883", "ws://[::1]:80/mqtt", "wss://host/mqtt"])
def test_brokers_urls(url: str) -> None:
    config = parse(f'[uplink]\nurl = "{url}"', FILE)
    assert config.uplink is not None
    assert config.uplink.url == url


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_loopback(host: str) -> None:
    assert parse(f'[web]\nhost = "{host}"', FILE).web.host == host


@pytest.mark.parametrize("prefix", ["e", "edged/v1", "a/b/c"])
def test_prefixes(prefix: str) -> None:
    uplink = parse(f'[uplink]\nprefix = "{prefix}"', FILE).uplink
    assert uplink is not None
    assert uplink.prefix == prefix


@pytest.mark.parametrize("prefix", ["", "/a", "a/", "$SYS", "a/+/b", "a/#"])
def test_what_is_no_prefix(prefix: str) -> None:
    with pytest.raises(ConfigError, match=r"uplink\.prefix"):
        parse(f'[uplink]\nprefix = "{prefix}"', FILE)


def test_an_empty_file_is_a_configuration() -> None:
    assert parse("", FILE) == Config()
    assert parse("# nothing\n", FILE).uplink is None


def test_a_password_does_not_show_itself() -> None:
    config = parse(f'[uplink]\npassword = "{SECRET}"', FILE)
    assert config.uplink is not None
    assert config.uplink.password == SecretStr(SECRET)
    assert SECRET not in repr(config)


def test_steps_of_a_stream() -> None:
    source = SourceConfig(name="a", link="sim:x")
    assert source.steps_for("rr_interval") == DEFAULT_RR_CHAIN
    assert source.steps_for("ecg") == ()
    text = SOURCE + 'chain = [{ stream = "ecg", steps = [{ step = "median", window = 5 }] }]'
    (source,) = parse(text, FILE).source
    assert source.steps_for("ecg") == (Median(step="median", window=5),)
    assert source.steps_for("rr_interval") == DEFAULT_RR_CHAIN
    (source,) = parse(SOURCE + 'chain = [{ stream = "rr_interval", steps = [] }]', FILE).source
    assert source.steps_for("rr_interval") == ()


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "edged.toml"
    for encoding in ("utf-8", "utf-8-sig"):
        path.write_text('[node]\nname = "a"\n', encoding=encoding)
        assert load(path).node.name == "a"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path / "edged.toml")
    assert raised.value.what == "there is no such file"
    assert raised.value.file == tmp_path / "edged.toml"
    assert raised.value.mend == "Write a first one with: edged config example > edged.toml"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load(tmp_path)
    assert raised.value.what == "cannot be read: Is a directory"
    assert raised.value.mend


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "edged.toml"
    path.write_text('[node]\nname = "\u00fc"\n', encoding="utf-16")
    with pytest.raises(ConfigError, match=r"is not UTF-8 text\. Save it as UTF-8"):
        load(path)


@given(st.text(alphabet="ab[]{}=,.\"'#\n 1", max_size=40))
def test_any_text_is_a_configuration_or_a_named_error(text: str) -> None:
    with suppress(ConfigError):
        assert parse(text, FILE) == Config()
