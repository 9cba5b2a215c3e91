"""The configuration model: default, unit, help and range of every setting."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from edged.signals.steps import AnyStep, Hrv, RrClean

Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,31}$",
        description="1 to 32 of a-z, 0-9 and '-', not '-' first: it is part of topics.",
    ),
]
Quantity = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]

DEFAULT_RR_CHAIN: Final = (RrClean(step="rr_clean"), Hrv(step="hrv"))


class WrongEntryError(ValueError):
    """An entry does not go with another one.

    Args:
        what: what is wrong.
        loc: where, from the model that found it on.
        mend: what to do about it.
    """

    def __init__(self, what: str, *, loc: tuple[int | str, ...], mend: str) -> None:
        super().__init__(what)
        self.loc = loc
        self.mend = mend


class ConfigModel(BaseModel):
    """What all sections have in common: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NodeConfig(ConfigModel):
    """Who this board is."""

    site: Name = Field("studio", description="Where it stands; second-last part of the base topic.")
    name: Name = Field("node-1", description="This board; last part of the base topic.")


class JournalConfig(ConfigModel):
    """The local store: everything is on disk here before it goes to the broker."""

    path: Path = Field(Path("edged.db"), description="The SQLite file; its folder must be writable.")
    commit_interval_s: float = Field(
        1.0,
        gt=0,
        le=60,
        description="Longest time until what was received is on disk, s. Shorter wears the card more.",
    )
    commit_chunks: int = Field(256, ge=1, le=10_000, description="Commit earlier when so many chunks wait.")
    max_size_mb: float = Field(
        512, ge=1, le=1_000_000, description="Cap of file and WAL together, MB; the oldest records make room."
    )
    queue_chunks: int = Field(
        8192,
        ge=64,
        le=1_000_000,
        description="Chunks that may wait in memory while the disk does not answer.",
    )

    @field_validator("path")
    @classmethod
    def _names_a_file(cls, path: Path) -> Path:
        if not path.name:
            raise ValueError("must name a file, such as /var/lib/edged/edged.db")
        return path


class UplinkConfig(ConfigModel):
    """The broker."""

    url: str = Field(
        "mqtt://localhost:1883",
        description="mqtt://, mqtts:// (TLS), ws:// or wss:// (WebSocket); host; port if not the usual one.",
    )
    username: str | None = Field(None, description="User name at the broker.", examples=["edged"])
    password: SecretStr | None = Field(
        None, description="Password at the broker.", examples=["as the broker has it"]
    )
    password_file: Path | None = Field(
        None,
        description="File that holds the password instead; a bare name is one of systemd's credentials.",
        examples=["edged_mqtt-password"],
    )
    ca_file: Path | None = Field(
        None,
        description="Certificate authority to trust instead of the system's (PEM).",
        examples=["/etc/edged/ca.pem"],
    )
    prefix: str = Field(
        "edged/v1", pattern=r"^[^/+#\x00$]([^+#\x00]*[^/+#\x00])?$", description="First part of every topic."
    )
    protocol: Literal["auto", "5", "3.1.1"] = Field(
        "auto", description="MQTT version; auto tries 5 and falls back to 3.1.1."
    )
    window: int = Field(
        50, ge=1, le=1000, description="Record messages under way at once; larger is not faster beyond 100."
    )
    batch_records: int = Field(100, ge=1, le=1000, description="Most records in one message.")
    batch_bytes: int = Field(
        16_384, ge=1024, le=262_144, description="A message is sent once it is so large, bytes."
    )
    backlog_per_s: float = Field(
        2000,
        ge=1,
        le=1_000_000,
        description="Records a second while catching up, so that a backlog floods nobody.",
    )
    keepalive_s: int = Field(
        15, ge=5, le=600, description="MQTT keep-alive, s: a dead connection is noticed after 1.5 x this."
    )

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if self.password is not None and self.password_file is not None:
            raise WrongEntryError(
                "password and password_file are both given", loc=("password_file",), mend="Keep one of them."
            )
        return self

    @field_validator("url")
    @classmethod
    def _broker_url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            scheme, host, _ = parts.scheme, parts.hostname, parts.port
        except ValueError:  # its words quote the URL, in which there may be a password
            scheme, host, parts = "", None, urlsplit("")
        if parts.username or parts.password:
            raise ValueError("put user and password into username and password, not into the URL")
        if scheme not in {"mqtt", "mqtts", "ws", "wss"} or not host:
            raise ValueError("write mqtt://HOST:PORT, mqtts://HOST:PORT, ws://HOST/PATH or wss://HOST/PATH")
        return url


class LiveConfig(ConfigModel):
    """The live lane: what is on air."""

    stale_after_s: float = Field(
        4.0,
        ge=1.5,
        le=4.5,
        description="A reading is withdrawn when none came for so long, s; under 5, always.",
    )
    lost_after_s: float = Field(30.0, ge=5, le=3600, description="Silent for so long is called lost, s.")
    wave_streams: tuple[Quantity, ...] = Field(
        ("ecg", "ppg"),
        description="Streams that overlays may draw as waveforms, of subjects that are on air; [] for none.",
    )
    wave_rate_hz: float = Field(
        65.0,
        ge=20,
        le=500,
        description="Most values a second of such a waveform, Hz; peaks keep their height.",
    )


class WebConfig(ConfigModel):
    """The local page."""

    enabled: bool = Field(default=True, description="Serve the page, the API and the overlays.")
    host: str = Field(
        "127.0.0.1",
        description="Address to listen on; 0.0.0.0 or :: for all. From elsewhere nothing is answered but "
        "the claim of the board, and after that who logs in.",
    )
    names: list[str] = Field(
        [],
        max_length=16,
        description="Names by which the page is asked, beside addresses, localhost, and the board's own "
        "name, also with .local.",
        examples=[["board-1.hall.example"]],
    )
    tls: Literal["off", "generated", "files"] = Field(
        "off",
        description="Encrypt the page: with a certificate that the board makes for itself, of which browsers "
        "warn once, or with one of your own.",
    )
    certificate: Path | None = Field(
        None,
        description='PEM file of the certificate, with those that signed it; for tls = "files".',
        examples=["/etc/edged/page.pem"],
    )
    key: Path | None = Field(
        None,
        description='PEM file of its key, without a password; for tls = "files".',
        examples=["/etc/edged/page-key.pem"],
    )
    session_idle_min: int = Field(
        30, ge=5, le=1440, description="So long a session may go unused, in minutes, before one logs in anew."
    )
    port: int = Field(8080, ge=0, le=65535, description="TCP port; 0 takes any free one and says which.")
    socket: Path | None = Field(
        None,
        description="Unix socket for commands on this machine, such as `edged status`; none, and it is "
        "edged.sock in the folder that systemd gives the service ($RUNTIME_DIRECTORY).",
        examples=["/run/edged/edged.sock"],
    )

    @field_validator("host")
    @classmethod
    def _address(cls, host: str) -> str:
        if host != "localhost":
            try:
                ip_address(host)
            except ValueError:
                raise ValueError("must be an address of this board, 127.0.0.1, or 0.0.0.0 for all") from None
        return host

    @property
    def scheme(self) -> str:
        """What the page's address begins with."""
        return "http" if self.tls == "off" else "https"

    @model_validator(mode="after")
    def _certificate(self) -> Self:
        for name in ("certificate", "key"):
            if self.tls == "files" and getattr(self, name) is None:
                mend = f'Name the file, or set tls = "generated" without {name}.'
                raise WrongEntryError(f'with tls = "files" there has to be a {name}', loc=(name,), mend=mend)
        return self

    @field_validator("names")
    @classmethod
    def _are_names(cls, names: list[str]) -> list[str]:
        for name in names:
            if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", name):
                raise ValueError(f"{name!r} is no host name: write it without port, such as board-1.example")
        return names


class SubjectConfig(ConfigModel):
    """Who is measured."""

    name: Name = Field(description="As topics name it, such as player-white.")
    title: str = Field("", max_length=80, description="As people read it; empty shows the name.")
    hr_max: float | None = Field(
        None, ge=100, le=240, description="Maximum heart rate, for zones; none, no zones.", examples=[180]
    )


class ChainConfig(ConfigModel):
    """The signal processing of one stream."""

    stream: Quantity = Field(description="The stream it is for, such as rr_interval or ecg.")
    steps: tuple[AnyStep, ...] = Field(
        description="Steps in order; an empty list passes the stream as it came."
    )


class SourceConfig(ConfigModel):
    """One device."""

    name: Name = Field(description="As topics name it, such as strap-1.")
    link: str = Field(
        min_length=1,
        description="Where it is: ble:, serial:, sim:, replay: or tcp://, see docs/drivers.md.",
    )
    decoder: str = Field(
        "heart_rate", description="What its bytes mean, and options behind a '?', see docs/drivers.md."
    )
    subject: Name | None = Field(
        None,
        description="Whom it measures; none, and it is recorded but not on air.",
        examples=["player-white"],
    )
    silence_s: float = Field(
        10.0,
        ge=1,
        le=3600,
        description="Without a packet for so long the link is closed and opened again, s.",
    )
    trace: Path | None = Field(
        None,
        description="Also append every packet to this trace file.",
        examples=["/var/lib/edged/strap-1.trace"],
    )
    chain: tuple[ChainConfig, ...] = Field(
        (), description="Signal processing by stream; rr_interval has rr_clean and hrv unless given here."
    )

    def steps_for(self, quantity: str) -> tuple[AnyStep, ...]:
        """Return the configured steps of a stream, or its default ones."""
        for chain in self.chain:
            if chain.stream == quantity:
                return chain.steps
        return DEFAULT_RR_CHAIN if quantity == "rr_interval" else ()

    @model_validator(mode="after")
    def _one_chain_a_stream(self) -> Self:
        _unique("chain", "stream", [chain.stream for chain in self.chain])
        return self


class AdapterConfig(ConfigModel):
    """One Bluetooth adapter that may be used; none named, and all that are plugged in are."""

    address: str = Field(
        pattern=r"^[0-9A-F]{2}(:[0-9A-F]{2}){5}$",
        description="Its own address, by which it is known whatever hci number it gets.",
        examples=["00:1A:7D:DA:71:13"],
    )
    slots: int | None = Field(
        None, ge=1, le=20, description="Most devices it serves at once, if not ble.slots.", examples=[3]
    )

    @field_validator("address", mode="before")
    @classmethod
    def _upper_case(cls, address: object) -> object:
        return address.upper() if isinstance(address, str) else address


class BleConfig(ConfigModel):
    """Bluetooth."""

    slots: int = Field(
        5, ge=1, le=20, description="Most devices an adapter serves at once; a Pi's own radio takes 2 to 5."
    )
    reset: Literal["never", "power", "usb"] = Field(
        "usb",
        description="How far an adapter that hangs is reset, while it serves nobody: not at all, by "
        "switching it off and on, or also by plugging it out and in (USB only).",
    )
    adapter: tuple[AdapterConfig, ...] = Field((), description="Those that may be used; none, and all may.")

    @model_validator(mode="after")
    def _one_adapter_once(self) -> Self:
        _unique("adapter", "address", [adapter.address for adapter in self.adapter])
        return self


class LogConfig(ConfigModel):
    """The log: in systemd's journal where that is, else on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is written."
    )


class TelemetryConfig(ConfigModel):
    """Metrics to an OpenTelemetry collector, beside what ``/metrics`` tells; needs the extra ``otel``."""

    otlp_url: str | None = Field(
        None,
        description="Where the collector takes metrics over OTLP/HTTP; its path is /v1/metrics unless given.",
        examples=["http://127.0.0.1:4318"],
    )
    interval_s: float = Field(15.0, ge=1, le=3600, description="Time between two exports, s.")

    @field_validator("otlp_url")
    @classmethod
    def _collector_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            parts = urlsplit(url)
            scheme, host, _ = parts.scheme, parts.hostname, parts.port
        except ValueError:  # its words quote the URL, in which there may be a password
            scheme, host, parts = "", None, urlsplit("")
        if parts.username or parts.password:
            raise ValueError(
                "put credentials into OTEL_EXPORTER_OTLP_HEADERS of the service, not into the URL"
            )
        if scheme not in {"http", "https"} or not host:
            raise ValueError("write http://HOST:PORT or https://HOST:PORT")
        return url if parts.path.strip("/") else urlunsplit(parts._replace(path="/v1/metrics"))


class Config(ConfigModel):
    """The configuration of a node."""

    node: NodeConfig = Field(default_factory=NodeConfig)
    journal: JournalConfig = Field(default_factory=JournalConfig)
    uplink: UplinkConfig | None = Field(None, description="Without it everything stays in the journal.")
    live: LiveConfig = Field(default_factory=LiveConfig)
    web: WebConfig = Field(default_factory=WebConfig)
    log: LogConfig = Field(default_factory=LogConfig)
    telemetry: TelemetryConfig = Field(default_factory=TelemetryConfig)
    ble: BleConfig = Field(default_factory=BleConfig)
    subject: tuple[SubjectConfig, ...] = Field(())
    source: tuple[SourceConfig, ...] = Field(())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _unique("subject", "name", [subject.name for subject in self.subject])
        _unique("source", "name", [source.name for source in self.source])
        _unique("source", "subject", [source.subject for source in self.source])
        known = [subject.name for subject in self.subject]
        for i, source in enumerate(self.source):
            if source.subject is not None and source.subject not in known:
                raise WrongEntryError(
                    f"source {source.name!r} measures {source.subject!r}, and there is no such subject",
                    loc=("source", i, "subject"),
                    mend=nearest(source.subject, known) or "Add a [[subject]] with that name.",
                )
        return self


def nearest(name: str, known: Sequence[str]) -> str:
    """Return "Did you mean ...?" for the known name most like this one, or nothing."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}?" if near else ""


def _unique(table: str, key: str, values: Iterable[str | None]) -> None:
    """Refuse two entries of an array of tables that have the same value at a key."""
    seen = dict[str, int]()
    for i, value in enumerate(values):
        if value is not None and seen.setdefault(value, i) != i:
            raise WrongEntryError(
                f"{table}[{seen[value]}] and {table}[{i}] have the same {key} {value!r}",
                loc=(table, i, key),
                mend="Change or remove one of them.",
            )
