"""What an answer refers to, in every provider's spelling: a part of type "citation" for each source, once where it is said.

Bounds: what has neither a name, a text nor an address of http(s) is left out; the body still holds it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portlog.schema.messages import Part

Object = dict[str, Any]

# Where an object keeps its list of sources: OpenAI, Anthropic, Cohere, Perplexity, Gemini, Bedrock.
_LISTS = ("annotations", "citations", "citationSources", "search_results", "groundingChunks", "grounding_chunks")
# Objects that hold such lists, beside or inside what was said.
_HOLDERS = ("groundingMetadata", "grounding_metadata", "citationMetadata", "citation_metadata")
_PLACES = frozenset((*_LISTS, *_HOLDERS))
# What stands between a source and what is known of it.
_WRAPS = ("url_citation", "file_citation", "web", "retrievedContext", "document", "location")
_NAMES = ("title", "document_title", "filename", "name", "file_id")
_TEXTS = ("cited_text", "quote", "snippet", "text")
_ADDRESSES = ("url", "uri", "source")
_DEPTH_MAX = 4


def citations_of(said: Any) -> list[Part]:
    """The sources that an object of an answer names: a message, a piece of text, a candidate, or a whole body."""
    if type(said) is not dict or _PLACES.isdisjoint(said):
        return []
    found: dict[Part, None] = {}
    documents = _documents(said)
    for holder in (said, *(said[key] for key in _HOLDERS if type(said.get(key)) is dict)):
        for key in _LISTS:
            sources = holder.get(key)
            if sources and type(sources) is list:
                found |= dict.fromkeys(part for source in sources for part in _cited(_named(source, documents), 0))
    # Perplexity lists addresses, which its text counts, and says in another list what they are.
    named = {part.url: part for part in reversed(found) if part.url and (part.name or part.text)}
    return list(dict.fromkeys(part if part.name or part.text else named.get(part.url, part) for part in found))


def _documents(said: Object) -> Object:
    """By id, what stands beside the citations of Cohere v1."""
    beside = said.get("documents")
    known = beside if type(beside) is list else ()
    return {each["id"]: each for each in known if type(each) is dict and type(each.get("id")) is str}


def _named(source: Any, documents: Object) -> Any:
    """A citation of Cohere v1 has ids in place of sources; its text is the passage that refers, not what it refers to."""
    ids = source.get("document_ids") if type(source) is dict else None
    if type(ids) is not list:
        return source
    return {"sources": [{"title": each, **documents.get(each, {})} for each in ids if type(each) is str]}


def _cited(source: Any, depth: int) -> Iterable[Part]:
    """One source, or several that one passage refers to (Cohere)."""
    if type(source) is str:
        return _part("", "", source)
    if type(source) is not dict or depth > _DEPTH_MAX:
        return ()
    if type(source.get("sources")) is list:
        return [part for inner in source["sources"] for part in _cited(inner, depth + 1)]
    known = _flat(source, 0)
    return _part(_first(known, _NAMES), _text(known), _first(known, _ADDRESSES))


def _flat(source: Object, depth: int) -> Object:
    known = dict(source)
    for key in _WRAPS:
        inner = source.get(key)
        if type(inner) is dict and depth < _DEPTH_MAX:
            known = {**known, **_flat(inner, depth + 1)}
    return known


def _text(source: Object) -> str:
    quoted = source.get("sourceContent")  # Bedrock
    if type(quoted) is list:
        return " ".join(item["text"] for item in quoted if type(item) is dict and type(item.get("text")) is str)
    return _first(source, _TEXTS)


def _first(source: Object, keys: tuple[str, ...]) -> str:
    return next((value for key in keys if (value := source.get(key)) and type(value) is str), "")


def _part(name: str, text: str, url: str) -> tuple[Part, ...]:
    if not url.startswith(("http://", "https://")):
        url, name = "", name or url
    return (Part("citation", text=text, name=name, url=url),) if name or text or url else ()
