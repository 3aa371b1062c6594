"""The query language of the filter bar and of `q`: text, syntax tree, canonical text. docs/reference/query-language.md.

Nothing is guessed: what cannot be read is a `Mistake` with a sentence and a place. What a tree means in columns is `query.meaning`.
"""

from portlog.query.language.fields import FIELDS, Field, fields_json
from portlog.query.language.parser import parse
from portlog.query.language.syntax import Mistake, Query, to_json, to_text

__all__ = ["FIELDS", "Field", "Mistake", "Query", "fields_json", "parse", "to_json", "to_text"]
