"""Text to syntax tree: one pass from left to right, and the first mistake ends it.

The grammar is drawn in docs/reference/query-language.md; the dashboard's parser follows the same steps.
"""

from __future__ import annotations

import re

from portlog.query.language import literals, regexes
from portlog.query.language.fields import BY_NAME_OR_ALIAS, NAMES, Field, nearest
from portlog.query.language.syntax import (
    SPACE,
    Conjunction,
    Disjunction,
    Group,
    Mistake,
    Negation,
    Node,
    Query,
    Sort,
    Term,
    Text,
    Value,
)

CHARS_MAX = 4000
LITERALS_MAX = 200  # words, phrases and values
DEPTH_MAX = 50  # of parentheses

_SPACES = re.compile(f"[{SPACE}]*")
_WORD = re.compile(f'[^{SPACE}()"]+')
_VALUE_CHARS = re.compile(f'[^{SPACE}()",]*')
_OPERATOR = re.compile(f'(AND|OR|NOT)(?=[{SPACE}()"]|$)')
_PHRASE = re.compile(r'(?s)"((?:[^"\\]|\\.)*)"')
_REGEX = re.compile(r"(?s)~/((?:[^/\\]|\\.)*)/")
_REGEX_NAME = re.compile(f'([A-Za-z_][A-Za-z0-9_]*|metadata\\.[^{SPACE}()":]+?)(?=~/)')
_COMPARISON = re.compile("[<>]=?|=")
_QUOTES_HINT = "To search for this text, put it in quotes."


def parse(text: str) -> Query:
    """Read a query.

    raises  Mistake
    """
    if len(text) > CHARS_MAX:
        raise Mistake(f"A query has at most {CHARS_MAX:,} characters.", CHARS_MAX, len(text))
    return _Parser(text).query()


class _Parser:
    """A place in the text, and what was seen up to it."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._depth = self._literals = 0
        self._sort: Sort | None = None

    def query(self) -> Query:
        tree = self._alternatives()
        if self._peek() == ")":
            raise Mistake("No parenthesis is open here.", self._at, self._at + 1)
        return Query(tree, self._sort)

    # -- operators -----------------------------------------------------------------------------------------------

    def _alternatives(self) -> Node | None:
        """`or`: None when nothing stands there."""
        first = self._chain()
        operator = self._operator("OR")
        if operator is None:
            return first
        if first is None:
            raise Mistake("Nothing stands before `OR`.", *operator)
        parts = [first]
        while operator is not None:
            self._at = operator[1]
            part = self._chain()
            if part is None:
                raise Mistake("Nothing stands after `OR`.", *operator)
            parts.append(part)
            operator = self._operator("OR")
        return Disjunction(tuple(parts), parts[0].start, parts[-1].end)

    def _chain(self) -> Node | None:
        """`and`: None when nothing, or nothing but `sort`, stands there."""
        parts: list[Node] = []
        began, waiting = False, None
        while self._peek() not in ("", ")") and self._operator("OR") is None:
            operator = self._operator("AND")
            if operator is None:
                part = self._unary()
                parts += [] if part is None else [part]
                began, waiting = True, None
            elif not began:
                raise Mistake("Nothing stands before `AND`.", *operator)
            elif waiting is not None:
                break
            else:
                self._at, waiting = operator[1], operator
        if waiting is not None:
            raise Mistake("Nothing stands after `AND`.", *waiting)
        if len(parts) < 2:
            return parts[0] if parts else None
        return Conjunction(tuple(parts), parts[0].start, parts[-1].end)

    def _unary(self) -> Node | None:
        negation = self._negation()
        if negation is None:
            return self._atom()
        start, end = negation
        self._at = end
        spelled = self._text[start:end]
        is_apart = spelled == "-" and _SPACES.match(self._text, end).end() > end  # type: ignore[union-attr]
        if is_apart or self._peek() in ("", ")") or self._operator("AND") or self._operator("OR"):
            raise Mistake(f"Nothing stands after `{spelled}`.", start, end)
        again = self._negation()
        if again is not None:
            raise Mistake("`-` and `NOT` cannot follow one another; use parentheses.", *again)
        part = self._atom(negated=True)
        assert part is not None
        return Negation(part, start, part.end)

    def _atom(self, *, negated: bool = False) -> Node | None:
        """A group, a word, a filter; None for a `sort`, which is kept aside."""
        if self._text[self._at] == "(":
            return self._group()
        if self._text[self._at] == '"':
            return self._phrase_text()
        term = self._term()
        if isinstance(term, Text) or term.field != "sort":
            return term
        if negated:
            raise Mistake("`sort` cannot be excluded.", term.start, term.end)
        if self._depth:
            raise Mistake("`sort` cannot stand in parentheses.", term.start, term.end)
        self._sort = _sort_of(term)
        return None

    def _group(self) -> Group:
        start = self._at
        if self._depth == DEPTH_MAX:
            raise Mistake(f"Parentheses are nested deeper than {DEPTH_MAX}.", start, start + 1)
        self._at += 1
        self._depth += 1
        part = self._alternatives()
        self._depth -= 1
        if self._peek() != ")":
            raise Mistake("The parenthesis is not closed.", start, start + 1)
        self._at += 1
        if part is None:
            raise Mistake("Nothing stands between the parentheses.", start, self._at)
        return Group(part, start, self._at)

    def _peek(self) -> str:
        """The next character that is no space; "" at the end."""
        match = _SPACES.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        return self._text[self._at : self._at + 1]

    def _operator(self, word: str) -> tuple[int, int] | None:
        """Where the operator stands, if it comes next."""
        self._peek()
        match = _OPERATOR.match(self._text, self._at)
        return match.span() if match is not None and match[1] == word else None

    def _negation(self) -> tuple[int, int] | None:
        return (self._at, self._at + 1) if self._peek() == "-" else self._operator("NOT")

    # -- words and filters -----------------------------------------------------------------------------------------

    def _phrase_text(self) -> Text:
        value = self._phrase()
        self._no_neighbour("the closing quote")
        literals.check_word(value)
        return Text(value.text, True, value.start, value.end)

    def _term(self) -> Text | Term:
        """A filter, or a bare word."""
        start = self._at
        if self._text.startswith('metadata."', start):
            return self._quoted_key(start)
        named = _REGEX_NAME.match(self._text, start)
        if named is not None:
            return self._filter(start, named.end(), *self._field(start, named.end()))
        match = _WORD.match(self._text, start)
        assert match is not None, "an atom begins with no space, parenthesis or quote"
        colon = match[0].find(":")
        if colon >= 0:
            return self._filter(start, start + colon, *self._field(start, start + colon))
        return self._word(match[0])

    def _word(self, word: str) -> Text:
        value = self._literal(word, False, self._at, self._at + len(word))
        self._no_quote()
        literals.check_word(value)
        return Text(value.text, False, value.start, value.end)

    def _quoted_key(self, start: int) -> Term:
        self._at = start + len("metadata.")
        key = self._phrase()
        if not key.text:
            raise Mistake("The metadata key is empty.", key.start, key.end)
        if not self._text.startswith((":", "~/"), self._at):
            raise Mistake("`:` is missing after the metadata key.", start, self._at)
        self._literals -= 1  # a name, no value
        return self._filter(start, self._at, BY_NAME_OR_ALIAS["metadata"], key.text)

    def _field(self, start: int, end: int) -> tuple[Field, str | None]:
        """The field that is named at [start, end), and the metadata key."""
        name = self._text[start:end]
        if not name:
            raise Mistake(f"No field stands before `:`. {_QUOTES_HINT}", start, start + 1)
        if name.startswith("metadata."):
            if name == "metadata.":
                raise Mistake("The metadata key is empty.", start, end)
            return BY_NAME_OR_ALIAS["metadata"], name.removeprefix("metadata.")
        if name not in BY_NAME_OR_ALIAS:
            meant = nearest(name, NAMES)
            hint = f"Did you mean `{meant}`?" if meant else _QUOTES_HINT
            raise Mistake(f"No field `{literals.shown(name)}`. {hint}", start, end, meant)
        return BY_NAME_OR_ALIAS[name], None

    def _filter(self, start: int, name_end: int, field: Field, key: str | None) -> Term:
        """What follows the name: `:` and values, or `~/…/`."""
        self._at = name_end
        op, values = self._regex() if self._text[name_end] == "~" else self._values(start, name_end + 1)
        term = Term(field.name, key, op, values, start, self._at, name_end)
        if field.name == "metadata" and key is None and op != "*":
            raise Mistake("`metadata` needs a key, such as `metadata.environment:prod`.", start, name_end)
        literals.check(field, term)
        if op == "~":
            assert values[0] is not None
            regexes.check(values[0], self._text)
        return term

    def _values(self, start: int, after_colon: int) -> tuple[str, tuple[Value | None, ...]]:
        comparison = _COMPARISON.match(self._text, after_colon)
        self._at = comparison.end() if comparison else after_colon
        if comparison is None and self._is_star():
            self._at += 1
            return "*", ()
        head = self._text[start : self._at]
        first = self._value()
        if first is None and not self._text.startswith((",", ".."), self._at):
            raise Mistake(f"`{literals.shown(head)}` needs a value.", start, self._at)
        if self._text.startswith("..", self._at):
            found = self._range(first)
            if comparison is not None:
                raise Mistake("A comparison takes one value.", start, self._at)
            return "..", found
        values = self._list(first)
        if comparison is not None and len(values) > 1:
            raise Mistake("A comparison takes one value.", start, self._at)
        return comparison[0] if comparison else ":", values

    def _is_star(self) -> bool:
        """A `*` that is the whole value."""
        return re.compile(f"\\*(?=[{SPACE}()]|$)").match(self._text, self._at) is not None

    def _range(self, low: Value | None) -> tuple[Value | None, ...]:
        start = low.start if low else self._at
        self._at += 2
        high = self._value()
        if low is None and high is None:
            raise Mistake("A range needs at least one end.", start, self._at)
        if self._text.startswith("..", self._at):
            raise Mistake("A range has two ends.", start, self._at + 2)
        if self._text.startswith(",", self._at):
            raise Mistake("A range cannot stand in a list; use `OR`.", start, self._at)
        return low, high

    def _list(self, first: Value | None) -> tuple[Value, ...]:
        if first is None:
            raise Mistake("A value is missing before the comma.", self._at, self._at + 1)
        values = [first]
        while self._text.startswith(",", self._at):
            comma = self._at
            self._at += 1
            value = self._value()
            if value is None and not self._text.startswith("..", self._at):
                raise Mistake("A value is missing after the comma.", comma, comma + 1)
            if value is None or self._text.startswith("..", self._at):
                raise Mistake("A range cannot stand in a list; use `OR`.", self._at, self._at + 2)
            values.append(value)
        return tuple(values)

    def _value(self) -> Value | None:
        """A literal, if one comes next."""
        if self._text.startswith('"', self._at):
            value = self._phrase()
            if not self._text.startswith((",", ".."), self._at):
                self._no_neighbour("the closing quote")
            return value
        match = _VALUE_CHARS.match(self._text, self._at)
        assert match is not None
        text = match[0].partition("..")[0]
        if not text:
            return None
        value = self._literal(text, False, self._at, self._at + len(text))
        self._no_quote()
        return value

    def _regex(self) -> tuple[str, tuple[Value, ...]]:
        start = self._at + 1
        match = _REGEX.match(self._text, self._at)
        if match is None:
            raise Mistake("The regular expression is not closed: `/` is missing.", start, len(self._text))
        text = re.sub(r"(?s)\\(.)", lambda m: "/" if m[1] == "/" else m[0], match[1])
        value = self._literal(text, False, start, match.end())
        if not text:
            raise Mistake("The regular expression is empty.", start, match.end())
        self._no_neighbour("the closing `/`")
        return "~", (value,)

    def _phrase(self) -> Value:
        match = _PHRASE.match(self._text, self._at)
        if match is None:
            raise Mistake("The quote is not closed.", self._at, len(self._text))
        return self._literal(re.sub(r'\\(["\\])', r"\1", match[1]), True, self._at, match.end())

    def _literal(self, text: str, quoted: bool, start: int, end: int) -> Value:
        self._at = end
        self._literals += 1
        if self._literals > LITERALS_MAX:
            raise Mistake(f"A query has at most {LITERALS_MAX} words and values.", start, end)
        return Value(text, quoted, start, end)

    def _no_neighbour(self, behind: str) -> None:
        """A quoted piece ends where it is closed."""
        if re.compile(f"[{SPACE}()]|$").match(self._text, self._at) is None:
            raise Mistake(f"A space is missing after {behind}.", self._at, self._at + 1)

    def _no_quote(self) -> None:
        if self._text.startswith('"', self._at):
            raise Mistake("A quote begins in the middle of a word; put a space before it.", self._at, self._at + 1)


def _sort_of(term: Term) -> Sort:
    if len(term.values) > 1:
        raise Mistake("`sort` takes one value.", term.start, term.end)
    (value,) = term.values
    assert value is not None
    by = value.text.lower()
    return Sort(by.removeprefix("+"), not by.startswith("+"), term.start, term.end)
