"""Every error that a caller can meet: one row of `ERRORS` each, raised where found, rendered in one place.

The body of a refusal serves all known clients at once (contract 5.4, decision E1): the Python SDK
reads `error.message`, the Node SDK the top-level `message`, others `data`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ErrorKind:
    """One row of ERRORS."""

    slug: str  # stable name, shown as error.slug
    status: int  # HTTP status
    code: str  # the vendor's errorCode (contract 5.3)
    type: str  # error.type, in the spelling of the OpenAI family
    remedy: str  # what the caller can do


ERRORS: tuple[ErrorKind, ...] = (
    ErrorKind("malformed-json", 400, "AB01", "invalid_request_error",
              "Send one JSON object, an array of them, or one object per line, in UTF-8."),
    ErrorKind("malformed-otlp", 400, "AB01", "invalid_request_error",
              "Send one OTLP export request: protobuf, or its JSON form; docs/guides/opentelemetry.md shows exporters."),
    ErrorKind("request-validation", 400, "AB01", "invalid_request_error",
              "Correct the field that the path names; docs/reference/logs.md lists each field."),
    ErrorKind("bad-encoding", 400, "AB01", "invalid_request_error",
              "Send the body uncompressed, or as one complete gzip or deflate stream."),
    ErrorKind("bad-filter", 400, "AB01", "invalid_request_error",
              "Correct the query parameter that the path names; docs/reference/filters.md lists them."),
    ErrorKind("bad-sql", 400, "AB01", "invalid_request_error",
              "Ask one SELECT over the views; docs/reference/sql.md lists their columns and the functions."),
    ErrorKind("field-denied", 400, "AB01", "invalid_request_error",
              "Leave the field out; `GET /v1/logs/exports/field-restrictions` lists those that may be exported."),
    ErrorKind("key-required", 401, "AB05", "authentication_error",
              "Send a key in `x-portkey-api-key`; `portlog keys create` makes one."),
    ErrorKind("key-unknown", 401, "AB05", "authentication_error",
              "Check the key; `portlog keys list` shows which exist, `portlog keys create` makes one."),
    ErrorKind("scope-missing", 403, "AB03", "permission_error",
              "Use a key that has the scope; `portlog keys create --scope …` makes one."),
    ErrorKind("origin-refused", 403, "AB03", "permission_error",
              "This server runs without keys for programs of this machine only. Call it by a loopback name, "
              "or start it with --auth on and send a key."),
    ErrorKind("link-refused", 403, "AB03", "permission_error",
              "Ask for a new link: `GET /v1/logs/exports/{id}/download`."),
    ErrorKind("not-found", 404, "AB08", "not_found_error",
              "Check the id and the path; docs/reference/http.md lists the routes."),
    ErrorKind("method-not-allowed", 405, "AB08", "invalid_request_error",
              "Use one of the methods of the `allow` header."),
    ErrorKind("idempotency-mismatch", 409, "AB07", "conflict_error",
              "Use a new Idempotency-Key for a different body."),
    ErrorKind("conflict", 409, "AB07", "conflict_error",
              "Change or delete what is in the way, which the message names."),
    ErrorKind("export-state", 409, "AB07", "conflict_error",
              "The message says what its state allows; `GET /v1/logs/exports/{id}` shows the state."),
    ErrorKind("too-large", 413, "AB01", "invalid_request_error",
              "Send smaller batches, or raise the named setting."),
    ErrorKind("unsupported-encoding", 415, "AB01", "invalid_request_error",
              "Send content-encoding gzip, deflate or identity."),
    ErrorKind("unsupported-type", 415, "AB01", "invalid_request_error",
              "Send content-type application/x-protobuf or application/json."),
    ErrorKind("overloaded", 503, "AB04", "server_error",
              "Nothing was stored. Send again after the seconds of `retry-after`."),
    ErrorKind("query-limit", 400, "AB01", "invalid_request_error",
              "Narrow the time range or the filters, or raise the limit that the message names."),
    ErrorKind("busy", 503, "AB04", "server_error",
              "Ask again after the seconds of `retry-after`; narrower questions are answered sooner."),
    ErrorKind("disk-full", 503, "AB04", "server_error",
              "Nothing was stored. Free space on the data directory's disk; the server goes on by itself."),
    ErrorKind("stopping", 503, "AB04", "server_error",
              "Nothing was stored. Send again when the server is back."),
    ErrorKind("store-unavailable", 503, "AB04", "server_error",
              "Try again; the server's own events say what the engine answered."),
    ErrorKind("outcome-unknown", 503, "AB04", "server_error",
              "It may be stored or not: ask for it before sending it again."),
    ErrorKind("internal", 500, "AB04", "server_error",
              "This is a bug of ours: the server's own events hold the trace under the request id."),
)  # fmt: skip

_BY_SLUG = {kind.slug: kind for kind in ERRORS}
assert len(_BY_SLUG) == len(ERRORS), "two errors share a slug"


@dataclass(frozen=True)
class Span:
    """Where in a parameter's text something is wrong, and what was perhaps meant."""

    start: int  # in Unicode code points
    end: int  # excluded
    suggestion: str | None


class PortlogError(Exception):
    """A refusal that the caller is told about.

    slug      a row of ERRORS
    message   what was wrong, in a sentence that names the path
    path      where: `[2].request.url` in a body, a parameter's name in a query; "" when nowhere
    problems  all (path, message) pairs when there are several; the first is the one in `message`
    span      where in the text of `path`, as far as it is known; told with the first problem
    retry_after_seconds  set when trying again can help
    """

    def __init__(
        self,
        slug: str,
        message: str,
        *,
        path: str = "",
        problems: Sequence[tuple[str, str]] = (),
        retry_after_seconds: int | None = None,
        span: Span | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = _BY_SLUG[slug]
        self.message = message
        self.path = path
        self.problems = tuple(problems) or (((path, message),) if path else ())
        self.retry_after_seconds = retry_after_seconds
        self.span = span

    def body(self) -> dict[str, Any]:
        """The reply body of decision E1, with our `remedy` added under `error`."""
        kind = self.kind
        return {
            "success": False,
            "status": "failure",
            "status_code": kind.status,
            "message": self.message,
            "error": {
                "message": self.message,
                "type": kind.type,
                "code": kind.code,
                "param": self.path or None,
                "slug": kind.slug,
                "remedy": kind.remedy,
            },
            "data": {
                "message": self.message,
                "errorCode": kind.code,
                "errors": self._errors(),
            },
        }

    def _errors(self) -> list[dict[str, Any]]:
        errors: list[dict[str, Any]] = [{"path": path, "message": message} for path, message in self.problems]
        if self.span is not None:
            errors[0] |= asdict(self.span)
        return errors


class StartError(Exception):
    """The program cannot start or go on; the message names the path and the remedy. Shown without a traceback."""
