"""Events: one line each, key=value, quoted so that no value can end its line or pose as another pair."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portlog import telemetry
from portlog.telemetry import METRICS, Meters, Throttle, event


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    yield
    telemetry.set_level("info")


def written(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().err


def test_an_event_is_time_level_name_and_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    event("wal.segment_sealed", segment=42, bytes=134217728, seconds=0.12345)
    line = written(capsys)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ info    wal\.segment_sealed segment=42 bytes=134217728 seconds=0\.123\n", line
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [("plain", "plain"), ("/a/b-c", "/a/b-c"), ("", '""'), ("two words", '"two words"'), ("a=b", '"a=b"'), ('q"q', '"q\\"q"'),
     ("line\nline", '"line\\nline"'), ("\x1b[31m", '"\\u001b[31m"'), ("é", "é"), ("\u202e", '"\\u202e"'), (None, "None"), (True, "True")],
)  # fmt: skip
def test_a_value_that_is_not_plain_is_quoted(value: object, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    event("x.happened", key=value)
    assert written(capsys).rstrip("\n").endswith(f" key={shown}")


@given(st.dictionaries(st.sampled_from(["reason", "path", "bytes", "kind"]), st.text(max_size=20), max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_values_make_one_line_from_which_they_can_be_read_back(capsys: pytest.CaptureFixture[str], facts: dict[str, str]) -> None:
    event("x.happened", **facts)
    line = written(capsys)
    assert line.endswith("\n") and line[:-1].isprintable()
    rest = line.rstrip("\n").partition("x.happened")[2]
    found = {}
    for key, quoted, plain in re.findall(r' ([a-z]+)=(?:("(?:[^"\\]|\\.)*")|(\S+))', rest):
        found[key] = json.loads(quoted) if quoted else plain
    assert found == facts


def test_events_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.set_level("error")
    event("x.happened", level="warning")
    assert written(capsys) == ""
    event("x.happened", level="error")
    assert "error   x.happened" in written(capsys)


def test_a_repeated_complaint_is_held_back_and_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(telemetry.time, "monotonic", lambda: now[0])
    complaint = Throttle(10)
    for _ in range(5):
        complaint.event("x.refused", reason="full")
    assert written(capsys).count("x.refused") == 1
    now[0] += 10
    complaint.event("x.refused", reason="full")
    assert written(capsys).endswith("x.refused reason=full repeated=4\n")
    now[0] += 10
    complaint.event("x.refused", reason="full")
    assert written(capsys).endswith("x.refused reason=full\n")


def test_metrics_are_ours_by_name_said_once_and_explained() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    meters = Meters()
    for metric in METRICS:
        assert metric.name.startswith("portlog_") and metric.meaning.endswith(".")
        assert meters[metric.name]


def test_two_programs_in_one_process_have_their_own_metrics() -> None:
    one, two = Meters(), Meters()
    one["portlog_applied_seq"].set(7)
    assert two.registry.get_sample_value("portlog_applied_seq") == 0
