"""Settings: flag over environment over file over default; what is wrong refuses to start and says what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portlog.settings import SETTINGS, SettingError, load


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No portlog.toml of the developer's is read."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(flags: dict[str, Any] | None = None, environ: dict[str, str] | None = None, config: Path | None = None) -> str:
    with pytest.raises(SettingError) as caught:
        load(flags, environ or {}, config)
    return str(caught.value)


def test_without_anything_each_setting_has_its_default() -> None:
    settings = load({}, {})
    assert set(settings.origins.values()) == {"default"}
    for setting in SETTINGS:
        value = getattr(settings, setting.name)
        assert value == (Path(setting.default) if setting.unit == "path" else setting.default), setting.name


def test_flag_wins_over_environment_over_file_over_default(elsewhere: Path) -> None:
    (elsewhere / "portlog.toml").write_text("port = 1\nquery_threads = 1\nquery_seconds_max = 1\n")
    environ = {"PORTLOG_PORT": "2", "PORTLOG_QUERY_THREADS": "2"}
    settings = load({"port": 3, "host": None}, environ)
    assert (settings.port, settings.query_threads, settings.query_seconds_max) == (3, 2, 1)
    assert settings.host == "127.0.0.1", "a flag that was not given is no value"
    origins = settings.origins
    assert [origins[name] for name in ("port", "query_threads", "query_seconds_max", "host")] == [
        "flag", "environment", "file", "default",
    ]  # fmt: skip


def test_the_file_is_the_one_named_else_the_one_here(elsewhere: Path) -> None:
    (elsewhere / "portlog.toml").write_text("port = 1\n")
    (elsewhere / "other.toml").write_text("port = 2\n")
    assert load({}, {}).port == 1
    assert load({}, {"PORTLOG_CONFIG": "other.toml"}).port == 2
    assert load({}, {"PORTLOG_CONFIG": "portlog.toml"}, elsewhere / "other.toml").port == 2


@pytest.mark.parametrize(
    ("text", "size"),
    [("1024", 1024), ("64k", 65_536), ("64K", 65_536), ("2m", 2_097_152), ("2MiB", 2_097_152), ("1 mb", 1_048_576),
     ("1g", 1_073_741_824), ("1t", 1_099_511_627_776), ("2048b", 2048)],
)  # fmt: skip
def test_sizes_take_a_unit_of_1024(text: str, size: int) -> None:
    assert load({}, {"PORTLOG_REQUEST_BYTES_MAX": text}).request_bytes_max == size


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"PORTLOG_PORTT": "1"}, ["'portt'", "environment", "did you mean 'port'?"]),
        ({"PORTLOG_REQUEST_BYTES": "1"}, ["did you mean 'request_bytes_max'?"]),
        ({"PORTLOG_ZZZZ": "1"}, ["'zzzz'", "`portlog settings` lists them"]),
        ({"PORTLOG_PORT": "http"}, ["port", "environment", "'http'", "a whole number"]),
        ({"PORTLOG_PORT": "8k"}, ["port", "'8k'", "a whole number"]),
        ({"PORTLOG_PORT": ""}, ["port", "''"]),
        ({"PORTLOG_PORT": "-1"}, ["port", "at least 0"]),
        ({"PORTLOG_PORT": "65536"}, ["port", "at most 65535"]),
        ({"PORTLOG_REQUEST_BYTES_MAX": "1.5m"}, ["request_bytes_max", "'1.5m'", "k, m, g"]),
        ({"PORTLOG_REQUEST_BYTES_MAX": "10"}, ["request_bytes_max", "at least 1024"]),
        ({"PORTLOG_AUTH": "yes"}, ["auth", "'yes'", "auto, on, off"]),
        ({"PORTLOG_AUTH": "ON"}, ["auth", "auto, on, off"]),
        ({"PORTLOG_STORE": "postgres"}, ["store", "embedded"]),
        ({"PORTLOG_ROOT_PATH": "portlog"}, ["root_path", "'portlog'", "/"]),
        ({"PORTLOG_ROOT_PATH": "/portlog/"}, ["root_path", "/"]),
    ],
    ids=lambda value: "".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_a_wrong_name_or_value_is_refused_and_the_message_says_what_would_be_right(
    environ: dict[str, str], words: list[str]
) -> None:
    message = refused({}, environ)
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize("path", ["", "/portlog", "/a/b-c_d.e"])
def test_a_root_path_begins_with_a_slash_and_ends_without(path: str) -> None:
    assert load({"root_path": path}, {}).root_path == path


@pytest.mark.parametrize(
    ("text", "words"),
    [("port = 'x'", ["port", "file"]), ("prot = 1", ["did you mean 'port'?"]), ("port = true", ["port", "True"]),
     ("port = 1.5", ["port"]), ("port", ["not TOML"]), ("host = ['a']", ["host", "a text"]), ("data = true", ["data", "a text"]),
     ("auth = false", ["auth"]), ("[server]\nport = 1", ["'server'"])],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_the_same_care(elsewhere: Path, text: str, words: list[str]) -> None:
    (elsewhere / "portlog.toml").write_text(text)
    message = refused({}, {})
    assert [word for word in words if word not in message] == [], message


def test_a_file_that_is_named_and_cannot_be_read_is_refused(elsewhere: Path) -> None:
    assert "missing.toml does not exist" in refused({}, {"PORTLOG_CONFIG": "missing.toml"})
    (elsewhere / "folder").mkdir()
    assert "folder" in refused({}, {"PORTLOG_CONFIG": "folder"})
    (elsewhere / "latin.toml").write_bytes(b"host = '\xff'")
    assert "not TOML" in refused({}, {"PORTLOG_CONFIG": "latin.toml"})


def test_what_is_not_ours_in_the_environment_is_passed_over() -> None:
    environ = {"PORT": "1", "PORTLOG_CONFIG": "", "PORTLOG_SKIP_UI": "1", "portlog_port": "9"}
    assert load({}, environ).port == 8790


def test_every_setting_has_its_names_and_a_sentence_of_help() -> None:
    for setting in SETTINGS:
        assert setting.env == "PORTLOG_" + setting.name.upper()
        assert setting.flag == "--" + setting.name.replace("_", "-")
        assert setting.help.endswith((".", ")")) or "; " in setting.help
        assert load({setting.name: setting.default}, {}).origins[setting.name] == "flag"
