"""The members of a small JSON body, read one by one; what is wrong is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from portlog.api.body import read_body
from portlog.errors import PortlogError
from portlog.schema import jsons
from portlog.schema.values import kind_of, shown

BODY_BYTES_MAX = 64 * 1024


class Fields:
    """A JSON object that was sent. Unknown members are passed over; null is as left out."""

    def __init__(self, sent: Mapping[str, Any]) -> None:
        self._sent = sent

    def has(self, name: str) -> bool:
        """Whether the member was sent, null or not."""
        return name in self._sent

    def get(self, name: str) -> Any:
        """The member as it was sent; None when it was left out."""
        return self._sent.get(name)

    def text(self, name: str, default: str = "", *, chars_max: int) -> str:
        """A text without surrounding space.

        raises  PortlogError request-validation, here and below
        """
        sent = self._sent.get(name)
        if sent is None:
            return default
        if not isinstance(sent, str):
            raise wrong(name, f"must be a text, not {kind_of(sent)}")
        if len(sent.strip()) > chars_max:
            raise wrong(name, f"is longer than {chars_max} characters")
        return sent.strip()

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        sent = self._sent.get(name)
        if sent is None:
            return default
        if not isinstance(sent, bool):
            raise wrong(name, f"must be true or false, not {shown(sent)}")
        return sent

    def texts(self, name: str, *, items_max: int, chars_max: int) -> tuple[str, ...] | None:
        """A list of texts that are not empty; None when it was left out."""
        sent = self._sent.get(name)
        if sent is None:
            return None
        if not isinstance(sent, list):
            raise wrong(name, f"must be a list of texts, not {kind_of(sent)}")
        if len(sent) > items_max:
            raise wrong(name, f"has more than {items_max} items")
        for at, each in enumerate(sent):
            if not isinstance(each, str) or not 0 < len(each) <= chars_max:
                raise wrong(f"{name}[{at}]", f"must be a text of 1 to {chars_max} characters, not {shown(each)}")
        return tuple(sent)


async def read_fields(request: Request) -> Fields:
    """The object in a request's body; none is as an empty one.

    raises  PortlogError too-large, malformed-json, request-validation
    """
    body = await read_body(request.headers, request.receive, BODY_BYTES_MAX)
    sent = jsons.decode(body) if body.strip() else {}
    if not isinstance(sent, dict):
        raise PortlogError("request-validation", f"the body must be an object, not {kind_of(sent)}")
    return Fields(sent)


def wrong(path: str, problem: str) -> PortlogError:
    """The refusal of a member."""
    return PortlogError("request-validation", f"{path} {problem}", path=path)


def listing(rows: Sequence[Any]) -> dict[str, Any]:
    """A whole list as replies have it."""
    return {"object": "list", "total": len(rows), "data": rows}
