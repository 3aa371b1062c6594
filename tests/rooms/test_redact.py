"""No credential reaches the disk (contract 11.4); what only looks like one survives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portlog.schema.log import Call, encode_call
from portlog.schema.secrets import REDACTED, is_secret_key, redact, redact_config, redact_headers, redact_url
from tests.samples import chat, json_values, nested, parse_one

SECRET = "sk-SECRET-0123456789"
SECRET_HEADERS = (
    "authorization", "x-api-key", "api-key", "x-goog-api-key", "x-portkey-api-key", "cookie", "set-cookie", "proxy-authorization",
)  # fmt: skip
"""The contract's list; the further ones are ours."""


@pytest.mark.parametrize("name", [*SECRET_HEADERS, "x-amz-security-token", "x-vendor-secret", "my-api-key"])
@pytest.mark.parametrize("spelled", [str.lower, str.upper, str.title])
def test_secret_headers_are_replaced_in_any_case(name: str, spelled: Any) -> None:
    assert redact_headers({spelled(name): f"Bearer {SECRET}", "accept": "*/*"}) == {spelled(name): REDACTED, "accept": "*/*"}


@pytest.mark.parametrize(
    "name",
    ["content-type", "x-portkey-trace-id", "x-portkey-provider", "x-ratelimit-remaining-tokens", "anthropic-version",
     "openai-organization", "x-portkey-virtual-key", "x-request-id"],
)  # fmt: skip
def test_other_headers_survive_and_nothing_is_copied(name: str) -> None:
    headers = {name: "value"}
    assert redact_headers(headers) is headers


def test_an_empty_secret_header_stays_empty() -> None:
    assert redact_headers({"x-portkey-api-key": ""}) == {"x-portkey-api-key": ""}


@pytest.mark.parametrize("name", ["x-portkey-config", "X-Portkey-Config", "x-portkey-provider-options"])
def test_a_json_config_loses_its_secrets_at_any_depth_and_keeps_its_form(name: str) -> None:
    config = {
        "strategy": {"mode": "fallback"},
        "targets": [
            {"provider": "openai", "api_key": SECRET, "override_params": {"max_tokens": 5, "model": "gpt-4o"}},
            {"provider": "bedrock", "aws_secret_access_key": SECRET, "aws_session_token": SECRET, "weight": 1},
            {"targets": [{"apiKey": SECRET, "password": SECRET, "vertex_service_account_json": {"private_key": SECRET}}]},
        ],
        "authorization": f"Bearer {SECRET}",
    }
    text = redact_headers({name: json.dumps(config)})[name]
    assert SECRET not in text
    clean = json.loads(text)
    assert clean["targets"][0] == {
        "provider": "openai", "api_key": REDACTED, "override_params": {"max_tokens": 5, "model": "gpt-4o"}
    }  # fmt: skip
    assert clean["targets"][1]["weight"] == 1
    assert clean["targets"][1]["aws_session_token"] == REDACTED


@pytest.mark.parametrize("text", ["pc-prod-1234", "", "config with spaces"])
def test_a_config_slug_stays(text: str) -> None:
    assert redact_config(text) == text


@pytest.mark.parametrize("text", ['{"api_key": "sk-', "[{]", '{"a": NaN}', '  {"x"', *(nested(n) for n in (300, 480, 700, 990, 5000))],
                         ids=lambda text: text[:20])
def test_what_looks_like_a_config_and_cannot_be_read_goes_whole(text: str) -> None:
    assert redact_config(text) == REDACTED


@pytest.mark.parametrize(
    "key",
    ["api_key", "apiKey", "API_KEY", "openai_api_key", "secret", "client_secret", "clientSecret", "token", "accessToken",
     "access_token", "password", "db_password", "aws_secret_access_key", "aws_access_key_id", "private_key", "credentials",
     "api-key", "x-api-key"],
)  # fmt: skip
def test_keys_that_hold_secrets(key: str) -> None:
    assert is_secret_key(key)


@pytest.mark.parametrize(
    "key",
    ["max_tokens", "maxTokens", "max_completion_tokens", "min_tokens", "total_tokens", "prompt_tokens", "completion_tokens",
     "input_tokens", "output_tokens", "stop_token", "token_count", "tokenizer", "model", "keys", "api_base"],
)  # fmt: skip
def test_keys_that_only_sound_like_secrets(key: str) -> None:
    assert not is_secret_key(key)


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://h/v1?key=S", "https://h/v1?key=[REDACTED]"),
        ("https://h/v1?a=1&api_key=S&b=2", "https://h/v1?a=1&api_key=[REDACTED]&b=2"),
        ("https://h/v1?API-KEY=S#frag", "https://h/v1?API-KEY=[REDACTED]#frag"),
        ("https://h/v1?token=S;sig=S", "https://h/v1?token=[REDACTED];sig=[REDACTED]"),
        ("https://h/v1#access_token=S", "https://h/v1#access_token=[REDACTED]"),
        ("https://h/o?X-Amz-Signature=S&X-Amz-Credential=S&X-Amz-Expires=9",
         "https://h/o?X-Amz-Signature=[REDACTED]&X-Amz-Credential=[REDACTED]&X-Amz-Expires=9"),
        ("https://user:S@h/v1", "https://user:[REDACTED]@h/v1"),
        ("https://user@h/v1", "https://user@h/v1"),
        ("https://h/v1?monkey=1&keys=2&max_tokens=3", "https://h/v1?monkey=1&keys=2&max_tokens=3"),
        ("https://h/v1/key=path", "https://h/v1/key=path"),
        ("https://h/v1?key=", "https://h/v1?key="),
        ("chat/completions", "chat/completions"),
        ("", ""),
    ],
)  # fmt: skip
def test_urls_lose_secret_parameters_and_passwords_and_nothing_else(url: str, clean: str) -> None:
    assert redact_url(url) == clean


def test_nothing_secret_is_in_the_record_that_goes_to_disk() -> None:
    """Each place of a log and of the call that the contract names holds a secret; the record holds none."""
    log = chat()
    log["request"]["url"] = f"https://user:{SECRET}@[odd/v1?key={SECRET}"
    log["request"]["headers"] = dict.fromkeys(SECRET_HEADERS, SECRET) | {
        "x-portkey-config": json.dumps({"targets": [{"api_key": SECRET}]})
    }
    log["response"]["headers"] = {"Set-Cookie": f"session={SECRET}"}
    headers = {
        "authorization": f"Bearer {SECRET}", "x-portkey-api-key": SECRET,
        "x-portkey-config": json.dumps({"api_key": SECRET}),
    }  # fmt: skip
    stored = redact(parse_one(log, headers))
    assert SECRET.encode() not in encode_call(Call(version=1, logs=[stored], received_ms=1))
    assert json.loads(stored.config) == {"api_key": REDACTED}


def test_a_log_without_secrets_is_not_copied() -> None:
    log = parse_one(chat())
    assert redact(log) is log


def test_bodies_are_kept_as_sent() -> None:
    log = chat()
    log["request"]["body"] = {"max_tokens": 100, "messages": [{"role": "user", "content": "my password: x"}], "token": "t"}
    assert redact(parse_one(log)).request_body == parse_one(log).request_body


@given(json_values)
def test_any_config_is_made_safe_and_twice_is_as_once(value: Any) -> None:
    once = redact_config(json.dumps(value))
    assert redact_config(once) == once


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_header_and_url_is_read_without_error(name: str, value: str) -> None:
    assert redact_headers(redact_headers({name: value})) == redact_headers({name: value})
    assert redact_url(redact_url(value)) == redact_url(value)
