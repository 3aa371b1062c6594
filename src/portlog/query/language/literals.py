"""Whether a filter's operator and literals suit its field, and what a numeric literal is worth."""

from __future__ import annotations

import re

from portlog.query.language import times
from portlog.query.language.fields import NAMES, TYPES, Field, Type, nearest
from portlog.query.language.syntax import Mistake, Term, Value

_OPERATOR_SAYS = {"..": "range", "~": "regular expression"}
# What one of a unit is worth in the column's own (dollars, ms, pieces).
_UNITS = {
    "count": {"k": 1e3, "K": 1e3, "M": 1e6},
    "money": {"c": 0.01},
    "duration": {"ms": 1.0, "s": 1e3, "m": 6e4},
}
_NUMERIC = frozenset(("number", "count", "money", "duration", "status", "rating", "metadata"))


def check(field: Field, term: Term) -> None:
    """Refuse an operator that the field does not take, and literals that are none of its type.

    raises  Mistake
    """
    type_ = TYPES[field.type]
    if term.op not in type_.operators:
        raise _no_operator(field.name, type_, term)
    if term.op == "~":
        return
    for value in term.values:
        if value is not None:
            _check_value(field, type_, term.op, value)
    if term.op == "..":
        _check_order(field, term)


def _no_operator(name: str, type_: Type, term: Term) -> Mistake:
    what = _OPERATOR_SAYS.get(term.op) or f"`{term.op}`"
    hint = " To mean the text itself, put it in quotes." if type_.textual and term.op not in "~*" else ""
    return Mistake(f"`{name}` takes no {what}.{hint}", term.start, term.end)


def _check_value(field: Field, type_: Type, op: str, value: Value) -> None:
    is_bound = op in (">", ">=", "<", "<=", "..")
    pattern = (type_.bound if is_bound else "") or type_.pattern
    if pattern:
        if not re.fullmatch(pattern, value.text):
            raise not_a(value, (type_.bound_says if is_bound else "") or field.says)
        if field.type == "time" and times.span_ms(value.text, times.When(0)) is None:
            raise Mistake(f"`{shown(value.text)}` is no day of the calendar, or no time of day.", value.start, value.end)
    elif field.type == "words":
        check_word(value)
    elif field.values:
        _check_choice(field, type_, op, value)
    elif not type_.glob and "*" in value.text and not value.quoted and op == ":":
        raise Mistake(f"`{field.name}` is exact: it takes no `*`.", value.start, value.end)


def _check_choice(field: Field, type_: Type, op: str, value: Value) -> None:
    if type_.textual and (value.quoted or op == "=" or "*" in value.text):
        return
    wanted = value.text.lower()
    if field.type == "order":
        wanted = wanted.removeprefix("+")
    choices = (*field.values, *NAMES) if field.type == "part" else field.values
    if wanted not in choices and not (field.type == "part" and value.text.startswith("metadata.") and len(value.text) > 9):
        raise not_a(value, field.says, nearest(wanted, choices))


def not_a(value: Value, says: str, suggestion: str | None = None) -> Mistake:
    """The refusal of a literal."""
    hint = f" Did you mean `{suggestion}`?" if suggestion else ""
    return Mistake(f"`{shown(value.text)}` is not {says}.{hint}", value.start, value.end, suggestion)


def check_word(value: Value) -> None:
    """Refuse a word or phrase that full text cannot look for.

    raises  Mistake
    """
    if value.quoted and not value.text.strip():
        raise Mistake("Nothing stands between the quotes.", value.start, value.end)
    if not value.quoted and "*" in value.text[:-1] + ("*" if value.text == "*" else ""):
        raise Mistake("`*` may only stand at the end of a word.", value.start, value.end)


def _check_order(field: Field, term: Term) -> None:
    low, high = term.values
    if low is not None and high is not None and field.type in _NUMERIC and amount(field, low) > amount(field, high):
        raise backwards(term)


def backwards(term: Term) -> Mistake:
    """The refusal of a range whose ends are the wrong way round."""
    low, high = term.values
    assert low is not None and high is not None
    return Mistake("The range ends before it begins.", low.start, high.end)


def amount(field: Field, value: Value) -> float:
    """What a literal that was checked is worth, in the unit of the field's column."""
    number, unit = _split_unit(value.text.removeprefix("$"))
    factor = _UNITS.get(field.type, {}).get(unit, 1.0)
    # Cents are divided, so that 5c is the 0.05 that was stored, not its neighbour.
    return float(number) / 100 if unit == "c" else float(number) * factor


def _split_unit(text: str) -> tuple[str, str]:
    number = text.rstrip("kKMcsm")
    return number, text[len(number) :]


def shown(text: str) -> str:
    """A piece of the query in a message: short."""
    return text if len(text) <= 40 else text[:40] + "…"
