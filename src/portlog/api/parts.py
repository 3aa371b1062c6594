"""What a handler is given besides its request: the machines behind the doors, made and joined by `server`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from portlog.api.auth import Auth, Caller
from portlog.catalog import Catalog
from portlog.exports import Exports
from portlog.feedback import FeedbackWriter
from portlog.ingest import Ingest
from portlog.query import Questions
from portlog.query.follow import Follower
from portlog.settings import Settings
from portlog.telemetry import Meters


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a handler may use; frozen."""

    settings: Settings
    catalog: Catalog
    ingest: Ingest
    questions: Questions
    follower: Follower
    exports: Exports
    feedback: FeedbackWriter
    auth: Auth
    meters: Meters
    now_ms: Callable[[], int]
    remove_demo: Callable[[str], int]  # of a workspace; how many logs it were


def parts_of(request: Request) -> Parts:
    """Return the parts that the application of this request was built over."""
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


def caller_of(request: Request) -> Caller:
    """The caller that the route's scope check let in."""
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller
