"""Portkey's spelling coming in: the documented object, what real senders deviate in, and decision B1 over both.

Sections and rows are those of the wire contract (docs/reference/logs.md).
"""

from __future__ import annotations

import copy
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portlog.derive import derive
from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.schema.ids import created_ms_of
from portlog.schema.log import Log
from portlog.senders import wire
from portlog.senders.table import shape_of
from tests.samples import NOW_MS, SEED_SAMPLE, chat, json_values, minimal, nested, parse, parse_one

STRICT = {"x-log-validation": "strict"}


def without(log: dict[str, Any], path: str) -> dict[str, Any]:
    """A copy of `log` without the member that a dotted path names."""
    log = copy.deepcopy(log)
    *parents, last = path.split(".")
    part = log
    for step in parents:
        part = part[step]
    del part[last]
    return log


def having(path: str, value: Any, log: dict[str, Any] | None = None) -> dict[str, Any]:
    """A complete log, changed in one place."""
    log = copy.deepcopy(chat() if log is None else log)
    *parents, last = path.split(".")
    part = log
    for step in parents:
        part = part.setdefault(step, {})
    part[last] = value
    return log


def refused(body: Any, headers: dict[str, str] | None = None, **kind: Any) -> PortlogError:
    """The refusal of a body; it is a 400 or a 413 with a message that begins with the path."""
    with pytest.raises(PortlogError) as caught:
        parse(body, headers, **kind)
    error = caught.value
    assert error.kind.status in (400, 413)
    assert error.path in error.message
    return error


def warned(log: Log) -> dict[str, tuple[str, str]]:
    return {w.path: (w.code, w.value) for w in log.warnings}


# -- 2.1: the documented object --------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, STRICT], ids=["tolerant", "strict"])
def test_the_documented_sample_is_accepted_and_its_provider_inferred(headers: dict[str, str]) -> None:
    log = parse_one(SEED_SAMPLE, headers)
    assert (log.request_url, log.request_method) == ("https://api.someprovider.com/model/generate", "POST")
    assert (log.trace_id, log.span_id, log.parent_span_id, log.span_name) == ("trace123", "span456", "", "chat_completions")
    assert (log.provider, log.organisation_id, log.user) == ("azure-openai", "org123", "usr456")
    assert (log.status, log.response_ms) == (200, 123.0)
    assert json.loads(log.request_body) == SEED_SAMPLE["request"]["body"]
    assert json.loads(log.response_body) == SEED_SAMPLE["response"]["body"]
    assert log.request_headers == log.response_headers == {"Content-Type": "application/json"}
    assert json.loads(log.metadata) == SEED_SAMPLE["metadata"]
    assert warned(log) == {"request.provider": ("inferred", "azure-openai")}


def test_a_complete_log_gives_no_warning_in_strict_mode_too() -> None:
    assert parse_one(chat(), STRICT).warnings == []


def test_defaults_are_post_200_now_and_empty() -> None:
    log = parse_one(minimal())
    assert (log.request_method, log.status, log.response_ms) == ("POST", 200, None)
    assert (log.request_headers, log.response_headers, log.metadata) == ({}, {}, b"{}")
    assert log.created_ms == log.received_ms == created_ms_of(log.id) == NOW_MS
    assert (log.tracked, log.shape) == (True, "plain")


def test_unknown_keys_are_kept_on_every_level() -> None:
    log = parse_one(having("request.params", {"x": [1]}, having("response.extra", "e", chat(hooks=[], tags=["a"]))))
    assert json.loads(log.request_rest) == {"params": {"x": [1]}}
    assert json.loads(log.response_rest) == {"extra": "e"}
    assert json.loads(log.rest) == {"hooks": [], "tags": ["a"]}
    assert (parse_one(chat()).rest, parse_one(chat()).request_rest) == (b"", b"")


# -- 2.2: where sources and clients disagree; B1 ----------------------------------------------------------------

SEED_ONLY = (
    ("request.provider", "inferred", "openai"),
    ("request.headers", "defaulted", "{}"),
    ("response.headers", "defaulted", "{}"),
    ("response.response_time", "defaulted", "null"),
)
HARD = ("request", "request.url", "request.body", "response", "response.body")


@pytest.mark.parametrize(("path", "code", "value"), SEED_ONLY, ids=[row[0] for row in SEED_ONLY])
def test_what_the_seed_alone_requires_is_filled_in_with_a_warning_and_refused_in_strict_mode(
    path: str, code: str, value: str
) -> None:
    """Rows 1-4."""
    log = without(chat(), path)
    assert warned(parse_one(log)) == {path: (code, value)}
    error = refused(log, STRICT)
    assert (error.kind.slug, error.path) == ("request-validation", path)
    assert error.message == f"{path} is required in strict mode"
    assert refused([chat(), log], STRICT).path == f"[1].{path}"
    assert refused(log, strict=True).path == path, "the server's own setting is as strict as the header"


@pytest.mark.parametrize("path", HARD)
@pytest.mark.parametrize("headers", [{}, STRICT], ids=["tolerant", "strict"])
def test_what_all_sources_require_is_refused_when_missing_and_the_path_named(path: str, headers: dict[str, str]) -> None:
    """Rows 5, 6."""
    error = refused(without(chat(), path), headers)
    assert (error.kind.slug, error.path) == ("request-validation", path)
    assert "is required" in error.message
    assert refused([chat(), chat(), without(chat(), path)], headers).path == f"[2].{path}"


def test_neither_request_nor_response_is_no_log_at_all() -> None:
    error = refused([chat(), {"metadata": {}}])
    assert (error.kind.slug, error.path) == ("request-validation", "[1]")


def test_an_empty_url_counts_as_absent_and_any_other_text_is_a_url() -> None:
    """Rows 5, 13."""
    assert refused(having("request.url", "")).path == "request.url"
    assert refused(having("request.url", None)).path == "request.url"
    log = parse_one(having("request.url", "chat/completions"))
    assert (log.request_url, log.span_name) == ("chat/completions", "POST chat/completions")


@pytest.mark.parametrize("status", [204, 304, 400, 404, 500, 599])
def test_an_answer_that_has_no_body_by_its_status_may_leave_it_out(status: int) -> None:
    """B1.1: the Python SDK drops an empty error body."""
    log = without(having("response.status", status), "response.body")
    parsed = parse_one(log)
    assert parsed.response_body == b"null"
    assert warned(parsed) == {"response.body": ("defaulted", "null")}


@pytest.mark.parametrize("status", [0, 100, 200, 201, 302, 399])
def test_any_other_answer_needs_its_body(status: int) -> None:
    assert refused(without(having("response.status", status), "response.body")).path == "response.body"


@given(json_values, json_values)
def test_a_body_is_any_json_and_kept_equal(request_body: Any, response_body: Any) -> None:
    """Row 7; null and "" are values."""
    log = parse_one(having("request.body", request_body, having("response.body", response_body)))
    assert repr(jsons.decode(log.request_body)) == repr(request_body)
    assert repr(jsons.decode(log.response_body)) == repr(response_body)


@pytest.mark.parametrize(("sent", "stored"), [("post", "POST"), ("Get", "GET"), ("", "POST"), (None, "POST")])
def test_a_method_is_stored_in_upper_case_and_is_post_when_absent(sent: str | None, stored: str) -> None:
    """Row 8."""
    assert parse_one(having("request.method", sent)).request_method == stored


@pytest.mark.parametrize(
    ("sent", "stored"), [(0, 0), (99, 99), (600, 600), (-1, -1), (429, 429), ("200", 200), (200.0, 200), ("", 200), (None, 200)]
)
def test_a_status_is_kept_as_sent_and_is_200_when_absent(sent: Any, stored: int) -> None:
    """Row 9."""
    assert parse_one(having("response.status", sent)).status == stored


@pytest.mark.parametrize("sent", ["abc", 200.5, True, [], {}, 2**31, -(2**31) - 1, 10**30, 1e300])
@pytest.mark.parametrize("headers", [{}, STRICT], ids=["tolerant", "strict"])
def test_a_status_that_is_no_number_is_refused_in_both_modes(sent: Any, headers: dict[str, str]) -> None:
    """B1.5."""
    assert refused(having("response.status", sent), headers).path == "response.status"


@pytest.mark.parametrize(
    ("sent", "stored"), [(35, 35.0), (0, 0.0), (0.25, 0.25), ("0035", 35.0), ("35.5", 35.5), ("", None), (None, None)]
)
def test_a_response_time_is_any_form_of_number_and_null_when_absent_never_0(sent: Any, stored: float | None) -> None:
    """Rows 4, 10, 13."""
    assert parse_one(having("response.response_time", sent)).response_ms == stored


@pytest.mark.parametrize("sent", [-1, "-1", "fast", "NaN", "inf", True, [], {}, 10**400])
def test_a_response_time_that_is_negative_or_no_number_is_refused(sent: Any) -> None:
    assert refused(having("response.response_time", sent)).path == "response.response_time"


def test_time_stands_in_for_response_time_in_both_modes() -> None:
    log = without(having("response.time", 12), "response.response_time")
    assert parse_one(log, STRICT).response_ms == 12.0
    assert parse_one(log, STRICT).warnings == []
    assert parse_one(having("response.time", 12)).response_ms == 412.0, "response_time comes first"
    assert refused(having("response.time", "x", without(chat(), "response.response_time"))).path == "response.time"


def test_values_of_headers_become_text() -> None:
    """Row 11."""
    log = parse_one(having("request.headers", {"a": 1, "b": ["x", "y"], "c": True, "d": "text", "e": 1.5}))
    assert log.request_headers == {"a": "1", "b": '["x","y"]', "c": "true", "d": "text", "e": "1.5"}


@pytest.mark.parametrize(
    ("sent", "indexed"),
    [("x" * 200, "x" * 128), (2**70, str(2**70)), (1.5, "1.5"), (True, "true"), ({"a": 1}, '{"a":1}'), ([1, "x"], '[1,"x"]'),
     ("", "")],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_metadata_values_are_never_refused_kept_as_sent_and_indexed_as_text(sent: Any, indexed: str) -> None:
    """Row 12, 4.3."""
    log = parse_one(having("metadata.k", sent))
    assert json.loads(log.metadata) == {"k": sent}
    assert log.metadata_index == {"k": indexed}


def test_null_metadata_is_kept_and_not_indexed() -> None:
    log = parse_one(having("metadata.k", None))
    assert (json.loads(log.metadata), log.metadata_index) == ({"k": None}, {})


@pytest.mark.parametrize("sent", ["", None], ids=["empty text", "null"])
def test_an_empty_scalar_counts_as_absent(sent: Any) -> None:
    """Row 13: the Python SDK drops empty strings, so they can mean nothing else."""
    log = chat(metadata=sent, created_at=sent)
    for path in ("request.provider", "request.headers", "request.method", "response.headers", "response.status",
                 "response.response_time", "response.streamingMode"):  # fmt: skip
        log = having(path, sent, log)
    parsed = parse_one(log)
    assert warned(parsed) == {path: (code, value) for path, code, value in SEED_ONLY}
    assert (parsed.metadata, parsed.status, parsed.stream) == (b"{}", 200, None)
    assert parsed.created_ms == NOW_MS


def test_an_empty_text_is_a_value_where_a_body_stands() -> None:
    log = parse_one(having("request.body", "", having("response.body", "")), STRICT)
    assert (log.request_body, log.response_body, log.warnings) == (b'""', b'""', [])


WRONG_TYPES = (
    ("request", 5, "an object, not a number"),
    ("request", [], "an object, not an array"),
    ("request", "text", "an object, not a string"),
    ("response", True, "an object, not a boolean"),
    ("request.url", 5, "a string, not a number"),
    ("request.url", {}, "a string, not an object"),
    ("request.method", [], "a string, not an array"),
    ("request.provider", 7, "a string, not a number"),
    ("request.headers", "a: b", "an object, not a string"),
    ("request.headers", [], "an object, not an array"),
    ("response.headers", 1, "an object, not a number"),
    ("metadata", [], "an object, not an array"),
    ("metadata", "text", "an object, not a string"),
    ("response.streamingMode", "maybe", "a boolean"),
    ("created_at", "yesterday", "an ISO 8601 time"),
    ("created_at", 1795000000, "an ISO 8601 time"),
    ("created_at", "1999-01-01T00:00:00Z", "within the last ten years"),
    ("created_at", "2099-01-01T00:00:00Z", "at most a day ahead"),
)


@pytest.mark.parametrize(("path", "value", "wanted"), WRONG_TYPES)
@pytest.mark.parametrize("headers", [{}, STRICT], ids=["tolerant", "strict"])
def test_a_value_of_a_type_that_cannot_be_used_is_refused_in_both_modes(
    path: str, value: Any, wanted: str, headers: dict[str, str]
) -> None:
    """B1.5."""
    error = refused(having(path, value), headers)
    assert (error.kind.slug, error.path) == ("request-validation", path)
    assert wanted in error.message


@pytest.mark.parametrize(
    ("sent", "stored"), [(True, True), (False, False), ("true", True), ("False", False), (1, True), (0, False), ("", None)]
)
def test_streaming_mode_becomes_stream(sent: Any, stored: bool | None) -> None:
    assert parse_one(having("response.streamingMode", sent)).stream is stored


def test_a_created_at_of_the_senders_is_the_logs_time() -> None:
    log = parse_one(chat(created_at="2026-11-01T02:00:00.250+02:00"))
    assert log.created_ms == wire.parse_time_ms("2026-11-01T00:00:00.250Z") == created_ms_of(log.id)
    assert log.received_ms == NOW_MS


def test_a_refusal_lists_every_fault_and_its_message_names_the_first() -> None:
    bad = [having("request.url", 5), chat(), without(chat(), "response.body"), 7]
    error = refused(bad)
    assert [path for path, _ in error.problems] == ["[0].request.url", "[2].response.body", "[3]"]
    assert error.message.startswith("[0].request.url ")


def test_a_refusal_lists_no_more_than_a_screen_of_faults() -> None:
    assert len(refused([{}] * 100).problems) == 20


def test_an_error_message_never_repeats_a_body() -> None:
    for path in ("response.status", "response.response_time", "response.streamingMode", "created_at", "request.url"):
        for secret in (["secret " * 1000], {"secret " * 1000: 1}, *(["secret " * 1000] if path != "request.url" else [])):
            assert len(refused(having(path, secret)).message) < 200


# -- 2.3: provider ---------------------------------------------------------------------------------------------

PROVIDER_SOURCES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("one", {"request.provider": "one"}),
    ("two", {"metadata.provider": "two"}),
    ("three", {"request.headers": {"provider": "three"}}),
    ("three", {"request.headers": {"x-portkey-provider": "three"}}),
    ("four", {"header": "four"}),
    ("openai", {"request.url": "https://api.openai.com/v1/chat/completions"}),
    ("unknown", {}),
)


@pytest.mark.parametrize("first", range(len(PROVIDER_SOURCES)))
def test_a_provider_is_the_first_of_its_sources_in_order(first: int) -> None:
    log, headers = minimal(), {}
    for _, source in reversed(PROVIDER_SOURCES[first:]):
        for path, value in source.items():
            if path == "header":
                headers["x-portkey-provider"] = value
            else:
                log = having(path, value, log)
    found = parse_one(log, headers)
    assert found.provider == PROVIDER_SOURCES[first][0]
    assert ("request.provider" in warned(found)) == (first > 0)


@pytest.mark.parametrize(
    ("source", "given"),
    [(source, True) for _, source in PROVIDER_SOURCES[1:4]] + [(source, False) for _, source in PROVIDER_SOURCES[4:]],
)
def test_strict_mode_takes_a_provider_of_the_body_as_given_and_no_other(source: dict[str, Any], given: bool) -> None:
    """B1.3."""
    log, headers = without(having("request.url", "https://host/x"), "request.provider"), dict(STRICT)
    for path, value in source.items():
        if path == "header":
            headers["x-portkey-provider"] = value
        else:
            log = having(path, value, log)
    if given:
        assert parse_one(log, headers).provider == next(iter(source.values())) or parse_one(log, headers).provider == "three"
    else:
        assert refused(log, headers).path == "request.provider"


def test_a_header_of_the_logged_request_names_the_provider_in_any_case() -> None:
    log = having("request.headers", {"X-Portkey-Provider": "groq"}, minimal())
    assert parse_one(log).provider == "groq"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("openai_llm", "openai"), ("OpenAIEmbedding", "openai"), ("@openai-prod", "openai-prod"), ("anthropic", "anthropic"),
     ("@", "unknown"), ("", "unknown")],
)  # fmt: skip
def test_provider_names_of_handlers_and_slugs_are_made_normal(sent: str, stored: str) -> None:
    assert parse_one(having("request.provider", sent, minimal())).provider == stored
    assert parse_one(having("metadata.provider", sent, minimal())).provider == stored
    assert parse_one(minimal(), {"x-portkey-provider": sent}).provider == stored


@pytest.mark.parametrize(
    ("url", "provider"),
    [("https://api.openai.com/v1/chat/completions", "openai"), ("https://api.anthropic.com/v1/messages", "anthropic"),
     ("https://res.openai.azure.com/openai/deployments/d/chat", "azure-openai"), ("HTTPS://API.OPENAI.COM:443/v1", "openai"),
     ("https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke", "bedrock"),
     ("https://us-central1-aiplatform.googleapis.com/v1", "vertex-ai"), ("https://aiplatform.googleapis.com/v1", "vertex-ai"),
     ("https://generativelanguage.googleapis.com/v1beta/models/g", "google"),
     ("https://api.openai.com.evil.example/", "unknown"),
     ("https://xapi.openai.com/", "unknown"), ("chat/completions", "unknown"), ("http://[bad/x", "unknown"), ("?", "unknown")],
)  # fmt: skip
def test_a_known_host_names_the_provider(url: str, provider: str) -> None:
    assert parse_one(having("request.url", url, minimal())).provider == provider


# -- 2.4: forms of the body --------------------------------------------------------------------------------------


def urls(body: bytes) -> list[str]:
    return [log.request_url for log in parse(body)]


def numbered(n: int) -> dict[str, Any]:
    return having("request.url", f"https://host/{n}", minimal())


def test_one_object_is_one_log_and_an_array_is_a_batch_in_order() -> None:
    assert urls(json.dumps(numbered(0)).encode()) == ["https://host/0"]
    assert urls(json.dumps([numbered(2), numbered(0), numbered(1)]).encode()) == [f"https://host/{n}" for n in (2, 0, 1)]


def test_an_empty_array_is_right_and_holds_nothing() -> None:
    assert parse(b"[]") == parse(b" [ ] \n") == []


@pytest.mark.parametrize("count", [1, 2, 11])
def test_an_object_keyed_by_numbers_is_a_batch(count: int) -> None:
    """The Node SDK turns an array into one; beyond ten the keys are not in text order."""
    body = json.dumps({str(n): numbered(n) for n in range(count)}).encode()
    assert urls(body) == [f"https://host/{n}" for n in range(count)]
    assert refused({str(n): {} if n == count - 1 else numbered(n) for n in range(count)}).path == f"[{count - 1}]"


@pytest.mark.parametrize(
    "keys", [["0", "2"], ["1", "0"], ["0", "x"], ["1"], ["00"], ["0", "1", "request"]], ids=lambda keys: ",".join(keys)
)
def test_an_object_with_other_keys_is_no_batch(keys: list[str]) -> None:
    body = {key: numbered(0) for key in keys}
    if "request" in keys:
        body |= minimal()
        assert len(parse(body)) == 1
    else:
        assert refused(body).path == ""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n\n", "\n \t\n"], ids=repr)
@pytest.mark.parametrize("after", ["", "\n"], ids=["no end", "end"])
def test_one_object_a_line_is_a_batch(newline: str, after: str) -> None:
    body = newline.join(json.dumps(numbered(n)) for n in range(3)) + after
    assert urls(body.encode()) == [f"https://host/{n}" for n in range(3)]


def test_a_fault_in_a_line_carries_its_index_and_refuses_the_call() -> None:
    lines = [json.dumps(numbered(0)), json.dumps(without(chat(), "request.url")), json.dumps(numbered(2))]
    assert refused("\n".join(lines).encode()).path == "[1].request.url"
    lines[1] = '{"request": {"url": tru}}'
    assert refused("\n".join(lines).encode()).path == "[1].request.url"


def test_an_object_printed_over_several_lines_is_one_log() -> None:
    assert len(parse(json.dumps(chat(), indent=2).encode())) == 1
    assert len(parse(json.dumps([chat(), chat()], indent=2).encode())) == 2
    tricky = having("request.body", "}\n{", chat())
    assert len(parse(json.dumps(tricky, indent=1).encode())) == 1


def test_a_byte_order_mark_and_white_space_around_are_passed_over() -> None:
    assert len(parse(b"\xef\xbb\xbf \r\n" + json.dumps(chat()).encode() + b"\n ")) == 1


@pytest.mark.parametrize("body", [b"", b" ", b"null", b"5", b'"text"', b"true", b"[5]", b"[null]", b"[[]]", b"{}", b'{"a":1}'])
def test_what_is_no_log_is_refused(body: bytes) -> None:
    refused(body)


def test_more_logs_than_the_limit_are_refused_before_they_are_read() -> None:
    assert len(parse([minimal()] * 5, logs_max=5)) == 5
    for body in ([minimal()] * 6, {str(n): {} for n in range(6)}, b'{"a":1}\n' * 6, b"[" + b"0," * 5 + b"0]"):
        error = refused(body, logs_max=5)
        assert (error.kind.slug, error.kind.status) == ("too-large", 413)
        assert "6 logs" in error.message and "request_logs_max = 5" in error.message


DUPLICATES = (
    ('{"request": {"url":"u","body":1}, "response": {"body":1}, "request": {"url":"v","body":1}}', "request"),
    ('{"request": {"url":"u","url":"v","body":1}, "response": {"body":1}}', "request.url"),
    ('{"request": {"url":"u","body":{"a":[{"b":1,"b":1}]}}, "response": {"body":1}}', "request.body.a[0].b"),
    ('{"request": {"url":"u","body":1}, "response": {"body":{"x":1.0,"x":1.0}}}', "response.body.x"),
    ('{"request": {"url":"u","body":1}, "response": {"body":1}, "metadata": {"k":1,"k":2}}', "metadata.k"),
    ('{"request": {"url":"u","body":1}, "response": {"body":1}, "zzz": {"k":{"l":1,"l":2}}}', "zzz.k.l"),
    ('{"request": {"url":"u","body":1,"headers":{"a":"1","a":"2"}}, "response": {"body":1}}', "request.headers.a"),
    ('{"request": {"url":"u","body":{"k":1,"\\u006b":2}}, "response": {"body":1}}', "request.body.k"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "path"), DUPLICATES, ids=[path for _, path in DUPLICATES])
def test_a_key_that_occurs_twice_is_refused_anywhere(text: str, path: str) -> None:
    """Whichever value were kept, the log would not read back as sent."""
    good = json.dumps(chat())
    for body, prefix in (
        (text, ""), (f"[{good}, {text}]", "[1]."), (f'{{"0": {good}, "1": {text}}}', "1."), (f"{good}\n{text}", "[1]."),
        (text.replace(" ", ""), ""),
    ):  # fmt: skip
        error = refused(body.encode())
        assert (error.kind.slug, error.path) == ("malformed-json", prefix + path)
        assert "occurs twice" in error.message


def test_an_index_that_occurs_twice_is_refused() -> None:
    log = json.dumps(chat())
    assert refused(f'{{"0": {log}, "0": {log}}}'.encode()).kind.slug == "malformed-json"


NESTABLE = {
    "request.body": '{"request":{"url":"u","body":%s},"response":{"body":1}}',
    "response.body": '{"request":{"url":"u","body":1},"response":{"body":%s}}',
    "metadata": '{"request":{"url":"u","body":1},"response":{"body":1},"metadata":{"a":%s}}',
    "request": '{"request":{"url":"u","body":1,"extra":%s},"response":{"body":1}}',
    "response": '{"request":{"url":"u","body":1},"response":{"body":1,"extra":%s}}',
    "": '{"request":{"url":"u","body":1},"response":{"body":1},"extra":%s}',
}


@pytest.mark.parametrize("place", NESTABLE)
def test_nesting_is_bounded_wherever_it_stands(place: str) -> None:
    """At the bound accepted; one level more, and up to 100,000, refused with a 400 and no other error."""
    text = NESTABLE[place]
    own = 0 if "body" in place else 2 if place else 1  # levels of the objects around; bodies count for themselves
    most = jsons.DEPTH_MAX - own
    assert len(parse((text % nested(most)).encode())) == 1
    for levels in (most + 1, *range(850, 1005), 100_000):
        error = refused((text % nested(levels)).encode())
        assert error.kind.status == 400
        if levels == most + 1:
            assert (error.kind.slug, error.path) == ("request-validation", place if "body" in place else "")
            assert f"nested deeper than {jsons.DEPTH_MAX} levels" in error.message


def test_deeply_nested_header_values_are_refused_or_become_text() -> None:
    for levels in (100, 500, *range(850, 1005), 100_000):
        try:
            log = parse_one(b'{"request":{"url":"u","body":1,"headers":{"a":%b}},"response":{"body":1}}' % nested(levels).encode())
        except PortlogError as error:
            assert error.kind.status == 400
        else:
            assert log.request_headers == {"a": nested(levels)}


# -- 3: other shapes are recognised --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "name"),
    [
        ({"litellm_call_id": "x", "response": {}}, "litellm"),
        ({"litellm_call_id": "x", "span_id": "s", "request": {}}, "litellm"),
        ({"call_type": "completion", "response_cost": 0.1}, "litellm"),
        ({"span_id": "s", "request": "text", "response": {}}, "span"),
        ({"span_id": "s", "response": {}}, "span"),
        ({"span_id": "s", "request": {"json": {}}, "provider": "openai"}, "span"),
        ({"request": {}, "response": {}, "metadata": {"_logType": "opentelemetry"}}, "otel-span-log"),
        ({"request": {"json": {}}, "provider": "openai", "metadata": {"_logType": "opentelemetry"}}, "otel-span-log"),
        ({"request": {"json": {}}, "response": {}, "provider": "openai"}, "gateway-hook"),
        ({"request": {"text": ""}, "response": {}, "requestType": "embed"}, "gateway-hook"),
        ({"requestOptions": [], "endpoint": "/v1/x"}, "gateway-stream"),
        ({"requestOptions": [], "request": {}}, ""),
        ({"request": {"json": {}, "url": "u"}, "provider": "openai"}, ""),
        ({"request": {}, "trace_id": "t"}, ""),
        ({"response": None}, ""),
        ({"span_id": "s"}, ""),
        ({"metadata": {}}, ""),
    ],
)
def test_shapes_are_told_apart_first_match_first(element: dict[str, Any], name: str) -> None:
    shape = shape_of(element)
    assert (shape.name if shape else "") == name


@pytest.mark.parametrize("element", [{"span_id": "s"}, {"metadata": {}}, {}, {"usage": 1}])
def test_what_is_of_no_shape_and_no_log_is_refused(element: dict[str, Any]) -> None:
    with pytest.raises(PortlogError, match="neither `request` nor `response`"):
        parse_one(element)


@pytest.mark.parametrize(("key", "value"), [("session_id", "s"), ("sessionId", "s"), ("_session", "s"), ("session", 7)])
def test_the_session_is_that_of_the_metadata(key: str, value: Any) -> None:
    assert parse_one(chat(metadata={key: value})).session == str(value)


# -- 4.1, 4.2: trace identity ------------------------------------------------------------------------------------

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

IDENTITY: dict[str, tuple[tuple[str, str], ...]] = {
    # span_id on the element's own level makes it a span of a callback handler, another shape
    "trace_id": (("element", "trace_id"), ("metadata", "trace_id"), ("metadata", "traceId"), ("metadata", "traceID"),
                 ("header", "x-portkey-trace-id")),
    "span_id": (("metadata", "span_id"), ("metadata", "spanId"), ("header", "x-portkey-span-id")),
    "parent_span_id": (("element", "parent_span_id"), ("metadata", "parent_span_id"), ("metadata", "parentSpanId"),
                       ("header", "x-portkey-parent-span-id")),
    "span_name": (("element", "span_name"), ("metadata", "span_name"), ("metadata", "spanName"),
                  ("header", "x-portkey-span-name")),
}  # fmt: skip


@pytest.mark.parametrize(("field", "first"), [(f, i) for f, sources in IDENTITY.items() for i in range(len(sources))])
def test_trace_identity_is_the_first_non_empty_of_its_sources(field: str, first: int) -> None:
    log, headers = chat(metadata={}), {}
    for i, (place, name) in enumerate(IDENTITY[field]):
        value = "" if i < first else f"value {i}"
        if place == "header":
            headers[name] = value
        else:
            (log if place == "element" else log["metadata"])[name] = value
    assert getattr(parse_one(log, headers), field) == f"value {first}"


def test_missing_ids_are_made_and_the_name_is_method_and_path() -> None:
    one, two = parse([chat(), chat()])
    assert len({one.trace_id, two.trace_id}) == len({one.span_id, two.span_id}) == 2
    assert len(one.trace_id) == 32 and len(one.span_id) == 16
    assert (one.parent_span_id, one.span_name) == ("", "POST /v1/chat/completions")
    assert parse_one(having("request.url", "https://host")).span_name == "POST /"


@pytest.mark.parametrize("sent", ["", "None", "null", "root", None])
def test_no_parent_has_several_spellings(sent: str | None) -> None:
    assert parse_one(having("metadata.parent_span_id", sent)).parent_span_id == ""
    assert parse_one(chat(parent_span_id=sent)).parent_span_id == ""


@pytest.mark.parametrize(("sent", "kept"), [(11, "11"), (2**64 - 1, "18446744073709551615"), ("tr-1", "tr-1"), (7.5, "7.5")])
def test_ids_are_opaque_text_and_numbers_become_decimal_text(sent: Any, kept: str) -> None:
    log = parse_one(having("metadata.trace_id", sent, having("metadata.span_id", sent)))
    assert (log.trace_id, log.span_id) == (kept, kept)


def test_a_uuid_is_never_spelled_anew() -> None:
    text = "550E8400-e29b-41D4-A716-446655440000"
    assert parse_one(having("metadata.trace_id", text)).trace_id == text


def test_header_ids_are_defaults_of_every_element_but_the_span_id_only_of_a_single_log() -> None:
    headers = {"x-portkey-trace-id": "tr", "x-portkey-span-id": "sp", "x-portkey-parent-span-id": "pa", "x-portkey-span-name": "nm"}
    single = parse_one(chat(), headers)
    assert (single.trace_id, single.span_id, single.parent_span_id, single.span_name) == ("tr", "sp", "pa", "nm")
    for log in parse([chat(), chat()], headers):
        assert (log.trace_id, log.parent_span_id, log.span_name) == ("tr", "pa", "nm")
        assert log.span_id != "sp"
    (alone,) = parse([chat()], headers)
    assert alone.span_id == "sp"


def test_traceparent_gives_trace_and_parent_and_a_new_span() -> None:
    log = parse_one(chat(), {"traceparent": TRACEPARENT})
    assert (log.trace_id, log.parent_span_id) == ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    assert log.span_id not in ("", "00f067aa0ba902b7")
    assert log.span_name == "POST /v1/chat/completions"


def test_our_own_headers_and_the_body_win_over_traceparent() -> None:
    headers = {"traceparent": TRACEPARENT, "x-portkey-trace-id": "mine"}
    assert parse_one(chat(), headers).trace_id == "mine"
    assert parse_one(chat(), headers).parent_span_id == "00f067aa0ba902b7"
    assert parse_one(having("metadata.trace_id", "body"), headers).trace_id == "body"


@pytest.mark.parametrize(
    "text",
    ["", "garbage", TRACEPARENT[:-1], "00-" + "0" * 32 + "-00f067aa0ba902b7-01", TRACEPARENT.replace("00f067aa0ba902b7", "0" * 16),
     TRACEPARENT.replace("4", "g"), TRACEPARENT.replace("-", "_")],
)  # fmt: skip
def test_a_malformed_traceparent_is_ignored(text: str) -> None:
    log = parse_one(chat(), {"traceparent": text})
    assert log.parent_span_id == ""
    assert log.trace_id not in text or text == ""


# -- 4.3: metadata -----------------------------------------------------------------------------------------------


def test_metadata_merges_baggage_then_header_then_element() -> None:
    headers = {"baggage": "a=baggage,b=baggage,c=baggage;prop=1", "x-portkey-metadata": '{"b": "header", "c": "header"}'}
    log = parse_one(having("metadata.c", "element"), headers)
    assert json.loads(log.metadata) == {"a": "baggage", "b": "header", "c": "element"}
    assert log.metadata_index == {"a": "baggage", "b": "header", "c": "element"}


def test_baggage_is_url_decoded_and_nonsense_in_it_is_passed_over() -> None:
    log = parse_one(chat(), {"baggage": "user%20id=J%C3%BCrgen%2C%20x , empty=, =novalue, none,,  spaced = v ;p"})
    assert log.metadata_index == {"user id": "Jürgen, x", "empty": "", "spaced": "v"}


@pytest.mark.parametrize("text", ["{'a': 1}", "[1]", "5", "{", '{"a":1,"a":2}', '{"a": NaN}'])
def test_a_metadata_header_that_is_no_json_object_is_ignored_with_a_warning(text: str) -> None:
    log = parse_one(chat(), {"x-portkey-metadata": text})
    assert warned(log) == {"header:x-portkey-metadata": ("unreadable", "not a JSON object; ignored")}
    assert log.metadata == b"{}"


def test_trace_keys_and_bookkeeping_stay_in_the_raw_metadata_and_leave_the_index() -> None:
    metadata = {"traceId": "t", "spanId": "s", "parentSpanId": "p", "spanName": "n", "startTime": 1, "endTime": 2, "_debug": True,
                "feature": "x"}  # fmt: skip
    log = parse_one(chat(metadata=metadata))
    assert json.loads(log.metadata) == metadata
    assert log.metadata_index == {"feature": "x"}


def test_a_key_with_dots_is_one_key() -> None:
    assert parse_one(having("metadata", {"framework.version": "1.2"})).metadata_index == {"framework.version": "1.2"}


@pytest.mark.parametrize(
    ("metadata", "body", "user"),
    [
        ({"_user": "a", "user": "b", "user_id": "c"}, {"user": "d"}, "a"),
        ({"user": "b", "user_id": "c"}, {"user": "d"}, "b"),
        ({"user_id": "c"}, {"user": "d"}, "c"),
        ({}, {"user": "d"}, "d"),
        ({"_user": ""}, {"user": "d"}, "d"),
        ({"_user": 12}, {}, "12"),
        ({}, {"user": {"id": 1}}, ""),
        ({}, "text", ""),
    ],
    ids=repr,
)
def test_the_user_is_the_first_of_its_sources(metadata: dict[str, Any], body: Any, user: str) -> None:
    assert parse_one(having("request.body", body, chat(metadata=metadata))).user == user


def test_the_user_of_a_body_is_copied_to_the_index_as_user() -> None:
    log = parse_one(having("request.body", {"user": "d"}, chat(metadata={"k": "v"})))
    assert log.metadata_index == {"k": "v", "_user": "d"}
    assert json.loads(log.metadata) == {"k": "v"}, "the raw metadata stays as sent"


@pytest.mark.parametrize("key", ["organisation_id", "_organisation", "organization"])
def test_the_organisation_has_three_names(key: str) -> None:
    assert parse_one(chat(metadata={key: "acme"})).organisation_id == "acme"


# -- 1.4, 4.4: what the call's headers say -----------------------------------------------------------------------


def test_the_senders_sdk_and_gateway_choices_are_kept() -> None:
    log = parse_one(
        chat(),
        {"x-portkey-package-version": "portkey-2.3.4", "x-portkey-runtime": "CPython", "x-portkey-runtime-version": "3.11.7",
         "x-portkey-virtual-key": "vk", "x-portkey-config": "pc-1"},
    )  # fmt: skip
    assert (log.sdk_version, log.runtime, log.runtime_version) == ("portkey-2.3.4", "CPython", "3.11.7")
    assert (log.virtual_key, log.config) == ("vk", "pc-1")


@pytest.mark.parametrize(
    ("headers", "metadata", "tracked"),
    [({}, {}, True), ({"x-portkey-debug": "false"}, {}, False), ({"x-portkey-debug": " False "}, {}, False),
     ({"x-portkey-debug": "true"}, {}, True), ({}, {"_debug": False}, False), ({}, {"_debug": True}, True),
     ({}, {"_debug": "false"}, True)],
)  # fmt: skip
def test_do_not_track_is_asked_for_by_call_or_by_element(headers: dict[str, str], metadata: dict[str, Any], tracked: bool) -> None:
    assert parse_one(chat(metadata=metadata), headers).tracked is tracked


# -- 11.1: times -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-20T18:00:00Z", 1_795_197_600_000),
        ("2026-11-20T18:00:00.5Z", 1_795_197_600_500),
        ("2026-11-20T18:00:00.123456789Z", 1_795_197_600_123),
        ("2026-11-20T18:00:00,25Z", 1_795_197_600_250),
        ("2026-11-20T19:00:00+01:00", 1_795_197_600_000),
        ("2026-11-20T23:30:00 05:30", 1_795_197_600_000),  # an unencoded + of a query
        ("2026-11-20T10:00:00-0800", 1_795_197_600_000),
        ("2026-11-20 18:00", 1_795_197_600_000),
        ("2026-11-20", 1_795_132_800_000),
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_times_are_iso_8601_with_any_offset(text: str, ms: int) -> None:
    assert wire.parse_time_ms(text) == ms


@pytest.mark.parametrize(
    "text", ["", "now", "2026-13-01", "2026-11-20T25:00:00Z", "20261120", "2026-11-20T18:00:00+99:00", "1795197600",
             "2026-11-20T18Z"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert wire.parse_time_ms(text) is None


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    assert isinstance(wire.parse_time_ms(text), int | None)


# -- resources -----------------------------------------------------------------------------------------------------


def test_urls_do_not_pile_up_in_memory() -> None:
    """What is remembered of URLs between calls is bounded in bytes, not only in number."""
    parse_one(minimal())
    tracemalloc.start()
    for n in range(20):
        derive(parse_one(having("request.url", f"https://host/{n}" + "x" * 1_000_000, minimal())))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 3_000_000, f"{held} bytes held of 20 URLs of a megabyte"


@pytest.mark.parametrize(
    "url", ["http://u:pw-SECRET@[bad/v1/x?key=SECRET", "http://[::1/x?token=SECRET#SECRET", "//?SECRET", "x?SECRET"]
)
def test_no_part_of_an_odd_url_but_its_path_becomes_the_name(url: str) -> None:
    assert "SECRET" not in parse_one(having("request.url", url)).span_name
