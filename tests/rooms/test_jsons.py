"""Strict JSON: what is accepted reads back equal; what is refused says where it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portlog.errors import PortlogError
from portlog.schema import jsons
from tests.samples import json_values, mutated, nested

FAULTS: tuple[tuple[bytes, str, str], ...] = (
    (b"", "", "the text ends"),
    (b" \n", "", "the text ends"),
    (b'{"a": 1', "a", "the text ends"),
    (b'{"a"', "a", "the text ends"),
    (b'{"a": "b', "a", "ends inside a string"),
    (b'{"a": {"b": [1, 2, tru]}}', "a.b[2]", "expected a value, found 't'"),
    (b'{"a": [{"b": NaN}]}', "a[0].b", "NaN is not JSON"),
    (b"[1, Infinity]", "[1]", "Infinity is not JSON"),
    (b"[-Infinity]", "[0]", "-Infinity is not JSON"),
    (b'{"a": None}', "a", "None is not JSON"),
    (b'{"a": undefined}', "a", "undefined is not JSON"),
    (b'{"a": 1e999}', "a", "outside the range"),
    (b'{"a": -1e999}', "a", "outside the range"),
    (b'{"a": 01}', "a", "expected , or }"),
    (b'{"a": .5}', "a", "expected a value"),
    (b'{"a": +1}', "a", "expected a value"),
    (b'{"a": 1.}', "a", "expected , or }"),
    (b'{"a": 0x10}', "a", "expected , or }"),
    (b'{"a": "x\ny"}', "a", "control character"),
    (b'{"a": "\\x41"}', "a", "unknown escape"),
    (b'{"a": "\\u12"}', "a", "unknown escape"),
    (b'{"a": "\xff"}', "a", "invalid UTF-8 (byte 7)"),
    (b'{"a": "\xc0\x80"}', "a", "invalid UTF-8"),
    (b'{"a": "\xed\xa0\x80"}', "a", "invalid UTF-8"),
    (b'{"a": {"\xff": 1}}', "a", "invalid UTF-8"),
    (b'{"a": "\\ud800"}', "a", "lone surrogate"),
    (b'{"a": "\\ud800 and more text"}', "a", "lone surrogate"),
    (b'{"a": "\\udc00\\ud800"}', "a", "lone surrogate"),
    (b'{"a": "\\ud83d\\ud83d\\ude00"}', "a", "lone surrogate"),
    (b'{"a": {"\\udfff": 1}}', "a", "lone surrogate"),
    (b"{'a': 1}", "", "expected a key"),
    (b'{"a" 1}', "a", "expected :"),
    (b'{"a": 1 "b": 2}', "a", "expected , or }"),
    (b'{"a": [1 2]}', "a[1]", "expected , or ]"),
    (b'{"a": [1, 2}', "a[2]", "expected , or ]"),
    (b'{"a": 1,}', "a", "expected a key"),
    (b'{"a": [1,]}', "a[1]", "expected a value"),
    (b'{"a": 1} x', "", "expected the end"),
    (b'{"a": 1}{"b": 2}', "", "expected the end"),
    (b"\xef\xbb\xbf{}", "", "expected a value"),
    (b'{"a": 1, "a": 1}', "a", "the key occurs twice"),
    (b'{"a": 1, "\\u0061": 2}', "a", "the key occurs twice"),
    (b'{"a": {"b": [0, {"c": 1, "d": 2, "c": 3}]}}', "a.b[1].c", "the key occurs twice"),
    (b'[{"x": {"": 1, "": 2}}]', "[0].x", "the key occurs twice"),
    (b'{"a": 1.50, "b": {"k": 1, "k": 2}}', "b.k", "the key occurs twice"),
)


@pytest.mark.parametrize(("text", "path", "problem"), FAULTS, ids=[repr(f[0])[2:-1] for f in FAULTS])
def test_every_fault_is_refused_with_its_path(text: bytes, path: str, problem: str) -> None:
    with pytest.raises(PortlogError) as refused:
        jsons.decode(text)
    assert (refused.value.kind.slug, refused.value.path) == ("malformed-json", path)
    assert problem in refused.value.message
    assert refused.value.message.startswith(f"{path}: " if path else problem[:3])


@pytest.mark.parametrize(("text", "path", "problem"), FAULTS[2:6], ids=str)
def test_a_path_inside_a_larger_body_carries_its_prefix(text: bytes, path: str, problem: str) -> None:
    with pytest.raises(PortlogError) as refused:
        jsons.decode(text, prefix="[2]")
    assert refused.value.path == f"[2].{path}"


@pytest.mark.parametrize(
    "text",
    [b'"\\ud83d\\ude00"', b'"\\\\ud800"', b'"\\u0000"', b"-0.0", b"1E5", b"5e-324", b"18446744073709551616", b"9" * 400,
     b' \t\r\n{"a" : [ ] }\n', b'"\x7f"', '"\u2028é😀"'.encode(), b'{"a":{"k":1},"b":{"k":1}}', b'[{"k":1},{"k":1}]'],
    ids=repr,
)  # fmt: skip
def test_unusual_but_right_json_is_accepted_and_equal_to_the_standard_librarys(text: bytes) -> None:
    value = jsons.decode(text)
    assert value == json.loads(text)
    assert repr(jsons.decode(jsons.encode(value))) == repr(value)


@pytest.mark.parametrize("text", [b"9" * 5000, b"1" + b"0" * 100_000], ids=["5,000 digits", "100,001 digits"])
def test_a_number_that_no_decoder_would_read_back_is_refused(text: bytes) -> None:
    with pytest.raises(PortlogError) as refused:
        jsons.decode(b'{"a":' + text + b"}")
    assert refused.value.kind.slug == "malformed-json"


@pytest.mark.parametrize("around", ["%s", '{"x":1.00,"y":%s}', '{"a":1,"a":%s}'])
def test_nesting_near_the_decoders_own_limit_is_decoded_or_refused(around: str) -> None:
    """No RecursionError at any depth; the further forms take the slow way of the duplicate check."""
    decoded = refused = 0
    for levels in (*range(240, 270), *range(850, 1010), 5_000, 100_000):
        text = (around % nested(levels)).encode()
        try:
            value = jsons.decode(text)
        except PortlogError as refusal:
            assert refusal.kind.slug == "malformed-json"
            refused += 1
        else:
            assert jsons.deeper_than(value, levels - 1)
            decoded += 1
    assert refused and (decoded or "a" in around[2:6])


@pytest.mark.parametrize("levels", [0, 1, 2, 7, 200])
def test_deeper_than_counts_objects_and_arrays(levels: int) -> None:
    value: Any = "scalar"
    for i in range(levels):
        value = [value, 1] if i % 2 else {"a": value}
    assert not jsons.deeper_than(value, levels)
    assert jsons.deeper_than([value], levels)
    assert jsons.deeper_than({"x": 0, "y": value}, levels)


def strictly(text: bytes) -> Any:
    """What the standard library reads, of a text without NaN, infinities, surrogates and duplicate keys."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("duplicate")
        return dict(pairs)

    def finite(text: str) -> float:
        if abs(float(text)) == float("inf"):
            raise ValueError("infinite")
        return float(text)

    def no_constant(text: str) -> float:
        raise ValueError(text)

    value = json.loads(
        text.decode("utf-8"), object_pairs_hook=unique, parse_float=finite, parse_constant=no_constant
    )
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # fails on surrogates
    return value


@given(json_values)
def test_what_is_encoded_decodes_equal_and_encodes_equal(value: Any) -> None:
    text = jsons.encode(value)
    assert repr(jsons.decode(text)) == repr(value)
    assert jsons.encode(jsons.decode(text)) == text


@given(json_values, st.booleans(), st.sampled_from([None, 2]))
def test_any_spelling_of_a_value_decodes_to_the_same_value(value: Any, ascii_: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_, indent=indent).encode()
    assert repr(jsons.decode(text)) == repr(value)


@given(st.data())
def test_a_mutated_text_is_read_as_the_standard_library_reads_it_or_refused_with_a_reason(data: st.DataObject) -> None:
    """Both read: equal, and encoded again equal. One refuses: both do. And the slow scanner agrees with the fast decoder."""
    text = data.draw(mutated(jsons.encode(data.draw(json_values))))
    try:
        ours: Any = jsons.decode(text)
    except PortlogError as refused:
        assert refused.kind.slug == "malformed-json"
        assert jsons.diagnose(text) is not None, "refused, and the scanner finds nothing"
        with pytest.raises(ValueError):  # noqa: PT011 - any of the library's
            strictly(text)
        return
    assert jsons.diagnose(text) is None
    assert repr(ours) == repr(strictly(text))
    assert repr(jsons.decode(jsons.encode(ours))) == repr(ours)


@given(st.binary(max_size=30))
@example(b'{"\\ud800":1}')
@example(b'"\\uD834\\uDD1E\\uD834"')
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = jsons.decode(data)
    except PortlogError as refused:
        assert refused.kind.status == 400
    else:
        assert repr(value) == repr(strictly(data))


def test_paths_join_with_a_dot_only_where_one_belongs() -> None:
    assert jsons.join("", "request.url") == "request.url"
    assert jsons.join("[2]", "request.url") == "[2].request.url"
    assert jsons.join("[2]", "[0]") == "[2][0]"
    assert jsons.join("[2]", "") == "[2]"
