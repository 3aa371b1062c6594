"""Every setting, in one table; read once, frozen, passed on as an argument.

Order of precedence: flag, environment (`PORTLOG_<NAME>`), `portlog.toml` in the working directory (or the
file that `PORTLOG_CONFIG` names), default. A wrong or unknown name refuses to start and says the nearest
right one. Imports nothing of ours.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class SettingError(ValueError):
    """A setting that cannot be used: the message names it, its origin and what would be right."""


@dataclass(frozen=True)
class Setting:
    """One row of SETTINGS."""

    name: str  # snake_case; the unit comes last
    default: Any
    unit: str  # "bytes", "ms", "s", "logs", "path", "text", "choice", "port", "h", "threads"
    help: str
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    pattern: str = ""  # what a text must match whole
    secret: bool = False  # never shown: only whether it is set

    @property
    def env(self) -> str:
        """Its environment variable."""
        return f"PORTLOG_{self.name.upper()}"

    @property
    def flag(self) -> str:
        """Its command line flag."""
        return "--" + self.name.replace("_", "-")


MIB = 1024 * 1024

SETTINGS: tuple[Setting, ...] = (
    Setting("host", "127.0.0.1", "text", "Address to listen on. Any but loopback needs a key or `--auth off`."),
    Setting("port", 8790, "port", "Port to listen on; 0 takes a free one and prints it.", minimum=0,
            maximum=65_535),
    Setting("data", "./portlog-data", "path", "Directory that holds everything: log, store, catalogue."),
    Setting("store", "embedded", "text",
            "`embedded`: the engine in this process, in the data directory. (A cluster comes with a later release.)",
            choices=("embedded",)),
    Setting("auth", "auto", "choice",
            "`auto`: no key on loopback, a key on any other address; `on`: always a key; `off`: never.",
            choices=("auto", "on", "off")),
    Setting("root_path", "", "text", "Path prefix under which a reverse proxy serves us, such as `/portlog`.",
            pattern=r"(/[A-Za-z0-9._~-]+)*"),
    Setting("allowed_hosts", "", "text",
            "Comma list of further Host names that a server without keys answers to (loopback names always)."),
    Setting("validation", "tolerant", "choice",
            "`tolerant`: fill the defaults of the log object and warn; `strict`: refuse what the contract requires.",
            choices=("tolerant", "strict")),
    Setting("bodies", "full", "choice",
            "`full`: keep request and response; `metrics-only`: keep neither bodies nor headers of any log.",
            choices=("full", "metrics-only")),
    Setting("request_bytes_max", 32 * MIB, "bytes", "Largest body of one call, unpacked; above it 413.", minimum=1024),
    Setting("request_logs_max", 10_000, "logs", "Most logs in one call; above it 413.", minimum=1),
    Setting("idempotency_keep_hours", 24, "h", "How long a reply is kept for its Idempotency-Key.", minimum=1),
    Setting("wal_segment_bytes_max", 64 * MIB, "bytes", "Size at which a segment of the write-ahead log is sealed.",
            minimum=4096),
    Setting("wal_backlog_bytes_max", 1024 * MIB, "bytes",
            "Most bytes waiting between the write-ahead log and the store; above it 503.", minimum=MIB),
    Setting("disk_free_bytes_min", 256 * MIB, "bytes",
            "Free space under which logs are refused with 503, so that the store can still merge.", minimum=0),
    Setting("apply_logs_max", 2_000, "logs", "Most logs in one insert into the store.", minimum=1),
    Setting("apply_bytes_max", 8 * MIB, "bytes", "Most bytes of log in one insert into the store; one log may be more.",
            minimum=1024),
    Setting("apply_interval_ms", 1_000, "ms",
            "Longest time a batch grows before it is inserted; a question that waits for it ends the wait.", minimum=0),
    Setting("read_wait_ms", 1_000, "ms",
            "Longest time a question waits for logs that were acknowledged before it.", minimum=0),
    Setting("engine_memory_bytes_max", 2_048 * MIB, "bytes", "Memory cap of the embedded engine.",
            minimum=256 * MIB),
    Setting("query_memory_bytes_max", 1_024 * MIB, "bytes", "Memory cap of one question.", minimum=16 * MIB),
    Setting("query_seconds_max", 30, "s", "Longest time of one question.", minimum=1),
    Setting("query_threads", 4, "threads",
            "Questions answered at the same time; heavy ones have half as many threads of their own. Further ones wait.",
            minimum=1),
    Setting("export_denied_fields", "", "text",
            "Comma list of fields that no export may hold; docs/reference/exports.md names them."),
    Setting("export_keep_hours", 168, "h", "How long the file of a finished export is kept.", minimum=1),
    Setting("log_level", "info", "choice", "Least level of our own events on standard error.",
            choices=("debug", "info", "warning", "error")),
)  # fmt: skip

_BY_NAME = {s.name: s for s in SETTINGS}
_SIZES = {"": 1, "k": 1024, "m": MIB, "g": 1024 * MIB, "t": 1024 * 1024 * MIB}


@dataclass(frozen=True)
class Settings:
    """The values of one run. `origins` names where each came from: flag, environment, file or default."""

    host: str
    port: int
    data: Path
    store: str
    auth: str
    root_path: str
    allowed_hosts: str
    validation: str
    bodies: str
    request_bytes_max: int
    request_logs_max: int
    idempotency_keep_hours: int
    wal_segment_bytes_max: int
    wal_backlog_bytes_max: int
    disk_free_bytes_min: int
    apply_logs_max: int
    apply_bytes_max: int
    apply_interval_ms: int
    read_wait_ms: int
    engine_memory_bytes_max: int
    query_memory_bytes_max: int
    query_seconds_max: int
    query_threads: int
    export_denied_fields: str
    export_keep_hours: int
    log_level: str
    origins: Mapping[str, str]


def load(
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Settings:
    """Read flags over environment over file over defaults.

    flags    values by name; None means not given
    config   TOML file; default `portlog.toml` here when it exists, or what PORTLOG_CONFIG names
    raises   SettingError naming the setting, where it came from and the remedy
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {s.name: _parse(s, s.default, "default") for s in SETTINGS}
    origins = dict.fromkeys(values, "default")
    layers = (
        ("file", _from_file(config, environ)),
        ("environment", _from_environment(environ)),
        ("flag", {k: v for k, v in (flags or {}).items() if v is not None}),
    )
    for origin, layer in layers:
        for name, raw in layer.items():
            values[name] = _parse(_named(name, origin), raw, origin)
            origins[name] = origin
    return Settings(**values, origins=origins)


def _from_file(config: Path | None, environ: Mapping[str, str]) -> dict[str, Any]:
    named = config or (Path(environ["PORTLOG_CONFIG"]) if environ.get("PORTLOG_CONFIG") else None)
    path = named or Path("portlog.toml")
    if not path.exists():
        if named:
            raise SettingError(f"settings file {path} does not exist; write it or unset PORTLOG_CONFIG")
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"settings file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"settings file {path} is not TOML: {error}") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    prefix, special = "PORTLOG_", {"PORTLOG_CONFIG", "PORTLOG_SKIP_UI", "PORTLOG_SERVER", "PORTLOG_KEY"}
    return {k[len(prefix) :].lower(): v for k, v in environ.items() if k.startswith(prefix) and k not in special}


def _named(name: str, origin: str) -> Setting:
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = difflib.get_close_matches(name, _BY_NAME, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "; `portlog settings` lists them"
    raise SettingError(f"no setting {name!r} (from {origin}){hint}")


_PARSERS: dict[str, Callable[[str], Any]] = {"path": Path, "text": str, "choice": str}


def _parse(setting: Setting, raw: Any, origin: str) -> Any:
    value: Any
    if isinstance(setting.default, int):
        value = _integer(setting, raw, origin)
    elif isinstance(raw, str | Path):
        value = _PARSERS[setting.unit](str(raw))
    else:
        raise SettingError(f"setting {setting.name} (from {origin}) is {raw!r}; it must be a text")
    if setting.pattern and not re.fullmatch(setting.pattern, value):
        raise SettingError(f"setting {setting.name} (from {origin}) is {value!r}; it must match {setting.pattern}")
    if setting.choices and value not in setting.choices:
        raise SettingError(
            f"setting {setting.name} (from {origin}) is {value!r}; it must be one of {', '.join(setting.choices)}"
        )
    return value


def _integer(setting: Setting, raw: Any, origin: str) -> int:
    match = re.fullmatch(r"(-?\d+)\s*([kmgt]?)(?:i?b)?", str(raw).strip().lower())
    if isinstance(raw, bool) or match is None or (match[2] and setting.unit != "bytes"):
        form = "a whole number, or one with k, m, g (powers of 1024)" if setting.unit == "bytes" else "a whole number"
        raise SettingError(f"setting {setting.name} (from {origin}) is {raw!r}; it must be {form} of {setting.unit}")
    value = int(match[1]) * _SIZES[match[2]]
    if setting.minimum is not None and value < setting.minimum:
        raise SettingError(
            f"setting {setting.name} (from {origin}) is {value}; it must be at least {setting.minimum} {setting.unit}"
        )
    if setting.maximum is not None and value > setting.maximum:
        raise SettingError(f"setting {setting.name} (from {origin}) is {value}; it must be at most {setting.maximum}")
    return value
