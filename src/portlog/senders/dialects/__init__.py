"""What the spans of every instrumentation say, read into a log: the mapping of `table`, applied (otel.md 3 to 8).

`unfold` fills in a log from its raw element. Calls get bodies in OpenAI's chat form, other spans what they were given
and gave back; numbers and names that attributes state go to `stated`, each with the attribute it stands in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from portlog.schema import jsons
from portlog.schema.log import CALL_KINDS, Log, Stated
from portlog.schema.values import METADATA_INDEX_CHARS_MAX, as_text, metadata_index
from portlog.senders.dialects import chat, names, scalars
from portlog.senders.dialects.facts import Facts, event_name, parsed
from portlog.senders.dialects.table import (
    BY_NAME,
    FIELDS,
    KINDS,
    METADATA_PREFIXES,
    NOT_METADATA,
    NOT_METADATA_PREFIXES,
    PARAMETER_PREFIX,
    PARAMETER_TEXTS,
    PARAMETERS,
    PARAMETERS_OF_PREFIX,
    RESOURCE_NOISE,
    SETTINGS_PREFIX,
    Source,
)
from portlog.senders.shapes import Element

_ERROR_SEVERITY = 17  # of log records: ERROR and above
_METADATA_TEXT_MAX = 1024  # longer values of unknown attributes are cut: they stand whole in the raw element
_INDEX_KEYS_MAX = 512


def unfold(log: Log, element: Element) -> Log:
    """The log with everything filled in that its element says. Pure; any JSON object gives a log."""
    record = element.get("record")
    if isinstance(record, dict):
        return _unfold_record(log, element, record)
    return _Reading(log, Facts(element)).log()


class _Found:
    """Fields as the mapping finds them, each read once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._found: dict[str, tuple[Any, Source | None]] = {}

    def value(self, name: str) -> Any:
        """The value of the first source that states the field; None where none does."""
        return self._look(name)[0]

    def source(self, name: str) -> Source | None:
        """The source that states the field."""
        return self._look(name)[1]

    def place(self, name: str) -> str:
        """Where the field is stated."""
        source = self._look(name)[1]
        return "" if source is None else source.place

    def _look(self, name: str) -> tuple[Any, Source | None]:
        if name not in self._found:
            self._found[name] = self._search(name)
        return self._found[name]

    def _search(self, name: str) -> tuple[Any, Source | None]:
        field, facts = BY_NAME[name], self._facts
        attributes, roots = facts.attributes, facts.roots
        for source in field.sources:
            read = source.read or field.read
            if read is None:
                if source.key not in attributes:
                    continue
                assert field.of is not None
                sent = facts.at(source.key, *source.path) if source.path else facts.get(source.key)
                value = None if sent is None else field.of(sent)
            elif source.elsewhere or source.root in roots:
                value = read(facts, source.key)
            else:
                continue
            if value is not None:
                return value, source
        return None, None


def kind_of(facts: Facts) -> str:
    """The kind of a span, never guessed from its content (otel.md 5)."""
    if facts.get("logfire.span_type") == "pending_span":
        return "span"  # announces the span that it is the parent of
    for key, kinds in KINDS:
        value = facts.get(key)
        if isinstance(value, str) and (kind := _kind_of_value(value, kinds)):
            return kind
    if (named := scalars.call_of_name(facts)) is not None:
        return "embedding" if named[0] == "embeddings" else "llm"
    return "span" if facts.span else "llm"  # only the content of a call has come yet


def _kind_of_value(value: str, kinds: Mapping[str, str]) -> str:
    if value in kinds and value:
        return kinds[value]
    for part, kind in kinds.items():
        if (part[:1] == "." and value.endswith(part)) or (part[-1:] == "." and value.startswith(part)):
            return kind
    return kinds.get("", "")


class _Reading:
    """One span being read."""

    def __init__(self, log: Log, facts: Facts) -> None:
        self._log, self._facts, self._found = log, facts, _Found(facts)
        self._kind = kind_of(facts)
        self._failed = scalars.failed(facts)
        self._stated: dict[str, Stated] = {}

    def log(self) -> Log:
        """Everything that the span says."""
        log, facts, found = self._log, self._facts, self._found
        provider = self._provider()
        for name in ("model_requested", "model", "response_id", "finish_reason", "stream", "first_token_ms", "cost_usd", "tags"):
            self._state(name)
        self._state_tokens(provider)
        status = self._status()
        if self._failed:
            self._state("error_type")
            self._state("error_message")
        request, response = self._bodies()
        metadata = self._metadata()
        index = dict(list(metadata_index(metadata).items())[:_INDEX_KEYS_MAX])
        user, session = found.value("user") or "", found.value("session") or ""
        if user:
            index.setdefault("_user", user[:METADATA_INDEX_CHARS_MAX])
        began, ended = facts.began_nano, facts.ended_nano
        return msgspec.structs.replace(
            log,
            span_name=facts.text("logfire.msg")[:1024] or log.span_name,
            request_url=found.value("url") or "",
            request_method=(found.value("method") or "").upper(),
            provider=provider,
            request_body=b"" if request is None else jsons.encode(request),
            status=status,
            response_ms=(ended - began) / 1e6 if began and ended >= began else None,
            response_body=b"" if response is None else jsons.encode(response),
            metadata=jsons.encode(metadata),
            metadata_index=index,
            user=user,
            session=session,
            stream=found.value("stream"),
            kind=self._kind,
            outcome=self._outcome(),
            source=_source(facts),
            scope=facts.scope_name,
            stated=self._stated,
            began_ms=began / 1e6 if began else None,
            ended_ms=ended / 1e6 if ended else None,
            join_key=self._stream_key(),
        )

    def _outcome(self) -> str:
        if self._facts.get("logfire.span_type") == "pending_span":
            return "pending"
        return "error" if self._failed else "success"

    def _stream_key(self) -> str:
        """What Logfire's request span and the later span of the streamed answer have in common (otel.md 6)."""
        facts = self._facts
        if self._kind != "llm" or not facts.scope_name.startswith("logfire") or not facts.get("logfire.span_type"):
            return self._log.join_key
        if facts.get("logfire.span_type") != "log" and facts.get("gen_ai.output.messages") is not None:
            return ""
        said = jsons.encode([facts.span.get("parentSpanId"), facts.get("gen_ai.input.messages"), facts.get("request_data")])
        return "logfire:" + hashlib.blake2b(said, digest_size=16).hexdigest()

    def _provider(self) -> str:
        """As stated; else from the model's name, which is all that Langfuse sends."""
        self._state("provider")
        if "provider" in self._stated:
            return str(self._stated["provider"].value)
        if self._kind in CALL_KINDS:
            for name in ("model_requested", "model"):
                guess = names.provider_of_model(self._found.value(name) or "")
                if guess:
                    return guess
        return self._log.provider

    # -- what is stated ----------------------------------------------------------------------------------------

    def _state(self, name: str) -> None:
        value = self._found.value(name)
        if value is not None:
            self._stated[name] = Stated(value, self._found.place(name))

    def _state_tokens(self, provider: str) -> None:
        """Tokens, so that the input's have cached ones in them and the output's the reasoning (otel.md 8)."""
        for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"):
            self._state(name)
        stated = self._stated
        asked = stated.get("input_tokens")
        parts = [stated[name] for name in ("cache_read_tokens", "cache_write_tokens") if name in stated and stated[name].value]
        if asked is not None and parts and self._is_beside(asked.value, sum(part.value for part in parts), provider):
            stated["input_tokens"] = Stated(
                asked.value + sum(part.value for part in parts), " + ".join(part.place for part in (asked, *parts))
            )
        answered, reasoned = stated.get("output_tokens"), stated.get("reasoning_tokens")
        if answered is not None and reasoned is not None and reasoned.value > answered.value:
            stated["output_tokens"] = Stated(answered.value + reasoned.value, f"{answered.place} + {reasoned.place}")

    def _is_beside(self, asked: int, cached: int, provider: str) -> bool:
        """Whether cached tokens stand beside the input's number rather than in it."""
        facts, source = self._facts, self._found.source("input_tokens")
        if cached > asked:
            return True
        is_openlit = facts.scope_name.startswith("openlit") or facts.resource.get("telemetry.sdk.name") == "openlit"
        if is_openlit and provider == "anthropic":
            return True
        if source is None or not source.path:
            return False
        usage = facts.at(source.key, *source.path[:-1])
        if source.path[-1] == "input_tokens" and isinstance(usage, dict) and "cache_read_input_tokens" in usage:
            return True  # Anthropic's own spelling
        total = scalars.as_count(usage.get("total")) if isinstance(usage, dict) else None
        answered = self._found.value("output_tokens") or 0
        return total is not None and total == asked + cached + answered

    def _status(self) -> int | None:
        status: int | None = self._found.value("status")
        is_call = self._kind in CALL_KINDS
        if not self._failed:
            said = self._found.source("status")
            if status is not None and said is not None and said.key in ("http.response.status_code", "http.status_code"):
                return status
            return 200 if is_call and self._facts.span else None
        if status is None and is_call:
            return scalars.code_of_type(self._found.value("error_type") or "")
        return status

    # -- what was said -----------------------------------------------------------------------------------------

    def _bodies(self) -> tuple[Any, Any]:
        """Request and response; None where nothing is known of one."""
        if self._kind == "embedding":
            return self._embedding()
        if self._kind == "tool":
            called = self._found.value("tool")
            if called:
                self._stated["tools"] = Stated([called], self._found.place("tool"))
            request, response = self._found.value("arguments"), self._found.value("tool_result")
        elif self._kind in CALL_KINDS or self._is_chat():
            return self._chat()
        else:
            request, response = self._found.value("given"), self._found.value("result")
        return request, self._or_error(response)

    def _is_chat(self) -> bool:
        """Whether what an agent or a chain says stands in attributes for messages, not for any value."""
        return any(
            (source := self._found.source(name)) is not None and source.key not in _VALUE_KEYS for name in ("input", "output")
        )

    def _chat(self) -> tuple[Any, Any]:
        found = self._found
        said: list[chat.Message] | None = found.value("input")
        system = found.value("instructions")
        if system:
            said = chat.with_system(system, said or [])
        tools, model = found.value("tools"), found.value("model_requested")
        request: dict[str, Any] = {"model": model} if model else {}
        if said:
            request["messages"] = said
        if tools:
            request["tools"] = tools
        request.update(self._parameters())
        return request or None, self._answer()

    def _answer(self) -> Any:
        found = self._found
        answers: list[chat.Choice] | None = found.value("output")
        response: dict[str, Any] = {}
        for name, field in (("id", "response_id"), ("model", "model")):
            if found.value(field):
                response[name] = found.value(field)
        if answers:
            reasons = self._reasons()
            response["choices"] = [
                {
                    "index": i,
                    "message": each["message"],
                    "finish_reason": each["finish_reason"] or (reasons[i] if i < len(reasons) else None),
                }
                for i, each in enumerate(answers)
            ]
        if usage := self._usage():
            response["usage"] = usage
        return self._or_error(response or None)

    def _reasons(self) -> list[Any]:
        value = self._facts.get("gen_ai.response.finish_reasons")
        value = parsed(value) if isinstance(value, str) else value
        return value if isinstance(value, list) else [self._found.value("finish_reason")]

    def _usage(self) -> dict[str, Any]:
        """Tokens as stated, in the form of OpenAI's chat."""
        counts = {name: stated.value for name, stated in self._stated.items() if name.endswith("_tokens")}
        usage: dict[str, Any] = {}
        for ours, theirs in (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens")):
            if ours in counts:
                usage[theirs] = counts[ours]
        if usage:
            usage["total_tokens"] = sum(usage.values())
        details = {
            name: counts[ours]
            for ours, name in (("cache_read_tokens", "cached_tokens"), ("cache_write_tokens", "cache_write_tokens"))
            if ours in counts
        }
        if details:
            usage["prompt_tokens_details"] = details
        if "reasoning_tokens" in counts:
            usage["completion_tokens_details"] = {"reasoning_tokens": counts["reasoning_tokens"]}
        return usage

    def _or_error(self, response: Any) -> Any:
        """The response of a failed span says why it failed, as a provider's would."""
        if not self._failed or (response is not None and not isinstance(response, dict)):
            return response
        message, kind = self._found.value("error_message"), self._found.value("error_type")
        if not message and not kind:
            return response
        return {**(response or {}), "error": {"message": message, "type": kind}}

    def _embedding(self) -> tuple[Any, Any]:
        found = self._found
        texts, vectors, model = found.value("embedded"), found.value("vectors"), found.value("model_requested")
        request: dict[str, Any] = {"model": model} if model else {}
        if texts:
            request["input"] = texts
        request.update(self._parameters())
        response: dict[str, Any] = {"model": found.value("model")} if found.value("model") else {}
        if vectors:
            data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
            response = {"object": "list", "data": data, **response}
        if usage := self._usage():
            response["usage"] = usage
        return request or None, self._or_error(response or None)

    def _parameters(self) -> dict[str, Any]:
        """Parameters of the request: semconv's, then those of the parameters' JSON, then Vercel's settings."""
        facts, result = self._facts, dict[str, Any]()
        for name, value in facts.under(PARAMETER_PREFIX).items():
            if name not in ("model", "user") and value is not None:
                result[PARAMETERS_OF_PREFIX.get(name, name)] = value
        sent = [facts.json(key) for key in PARAMETER_TEXTS] + [facts.under(SETTINGS_PREFIX)]
        for parameters in sent:
            for name, value in parameters.items() if isinstance(parameters, dict) else ():
                if name in PARAMETERS and value is not None and value != {}:
                    result.setdefault(PARAMETERS[name], value)
        return result

    # -- metadata ----------------------------------------------------------------------------------------------

    def _metadata(self) -> dict[str, Any]:
        """Of the call, then of the span: its own metadata, the resource's attributes, every attribute not used else."""
        facts, found = self._facts, self._found
        own: dict[str, Any] = {}
        sent = facts.json("metadata")
        if isinstance(sent, dict):
            own.update(sent)
        elif sent is not None:
            own["metadata"] = sent
        used = {source.key for name in ("user", "session", "tags") if (source := found.source(name)) is not None}
        rest: dict[str, Any] = {}
        for key, value in facts.attributes.items():
            if key.startswith(_PREFIXES):
                prefix, is_json = next(pair for pair in METADATA_PREFIXES if key.startswith(pair[0]))
                own.setdefault(key[len(prefix) :] or key, parsed(value) if is_json and isinstance(value, str) else value)
            elif key not in used and not self._is_said_elsewhere(key) and not _is_vector(value):
                rest[key] = _cut(value)
        result = {**_object_of(self._log.metadata), **own}
        for key, value in facts.resource.items():
            if not key.startswith(RESOURCE_NOISE):
                result.setdefault(key, _cut(value))
        for key, value in rest.items():
            result.setdefault(key, value)
        for name, key in (("environment", "_environment"), ("prompt", "_prompt")):
            if found.value(name):
                result.setdefault(key, found.value(name))
        return result

    def _is_said_elsewhere(self, key: str) -> bool:
        """Whether a field has what this attribute says; ids and names that filters may ask for are metadata all the same."""
        if key in _ERROR_KEYS and not self._failed:
            return False  # a remark on what went well
        return key in _MAPPED or key.startswith(NOT_METADATA_PREFIXES)


_ERROR_KEYS = frozenset(source.key for source in BY_NAME["error_message"].sources)
_PREFIXES = tuple(prefix for prefix, _ in METADATA_PREFIXES)
_VALUE_KEYS = frozenset(
    ("langfuse.observation.input", "langfuse.observation.output", "traceloop.entity.input", "traceloop.entity.output",
     "input.value", "output.value", "final_result", "gen_ai.prompt", "gen_ai.completion", "pydantic_ai")
)  # fmt: skip
_KEPT_FIELDS = frozenset(("user", "session", "tags", "environment", "prompt", "tool", "url", "method", "error_type"))
_MAPPED = NOT_METADATA | {
    source.key for field in FIELDS if field.name not in _KEPT_FIELDS for source in field.sources if source.key != "exception"
} | {key for key, _ in KINDS if key not in ("gen_ai.operation.name", "ai.operationId", "llm.request.type")}  # fmt: skip


def _is_vector(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 16 and type(value[0]) in (int, float)


def _cut(value: Any) -> Any:
    """A value of an attribute that is no field of ours; a long one is cut, and stands whole in the raw element."""
    if isinstance(value, int | float | bool) or value is None:
        return value
    text = as_text(value)
    return value if len(text) <= _METADATA_TEXT_MAX else text[:METADATA_INDEX_CHARS_MAX] + "…"


def _object_of(text: bytes) -> dict[str, Any]:
    value = jsons.decode_any(text) if text else {}
    return value if isinstance(value, dict) else {}


def _source(facts: Facts) -> str:
    version = facts.scope.get("version")
    return f"{facts.scope_name} {version}" if isinstance(version, str) and version else facts.scope_name


# -- log records that stand for themselves ---------------------------------------------------------------------


def name_of_record(record: Mapping[str, Any]) -> str:
    """The event's name, else how severe the record is, else that it is one."""
    severity = record.get("severityText")
    name = event_name(dict(record)) or (severity if isinstance(severity, str) else "")
    return name[:256] or "log record"


def _unfold_record(log: Log, element: Element, record: dict[str, Any]) -> Log:
    """A record is a span of no length: its body is what it says, its attributes are metadata."""
    facts = Facts({**element, "logs": [record]})
    reading = _Reading(log, facts)
    body, severity = record.get("body"), record.get("severityNumber")
    failed = isinstance(severity, int) and severity >= _ERROR_SEVERITY
    nano = next((n for n in (record.get("timeUnixNano"), record.get("observedTimeUnixNano")) if isinstance(n, int) and n), 0)
    metadata = reading._metadata()
    if isinstance(record.get("severityText"), str):
        metadata.setdefault("severity", record["severityText"])
    stated: dict[str, Stated] = {}
    if body is not None and failed:
        stated["error_message"] = Stated(as_text(body)[: scalars.SENTENCE_CHARS_MAX], "record.body")
    found = _Found(facts)
    return msgspec.structs.replace(
        log,
        request_body=b"" if body is None else jsons.encode(body),
        metadata=jsons.encode(metadata),
        metadata_index=dict(list(metadata_index(metadata).items())[:_INDEX_KEYS_MAX]),
        user=found.value("user") or "",
        session=found.value("session") or "",
        kind="span",
        outcome="error" if failed else "success",
        source=_source(facts),
        scope=facts.scope_name,
        stated=stated,
        began_ms=nano / 1e6 if nano else None,
        ended_ms=nano / 1e6 if nano else None,
    )
