"""The mapping: for each field of a log the attributes that may state it, in order; the first that does wins (otel.md 4).

The letters are otel.md's dialects, and some senders with habits of their own:

    A semconv, current    B semconv 1.30 events    C legacy, indexed    D OpenInference    E Traceloop
    F Vercel AI SDK       G Langfuse               H LangSmith          I provider SDK     J Portkey gateway
    K OpenLIT             L LiteLLM                M Logfire, pydantic-ai                  S Strands

An attribute that several fields name is read once for each; what no field names is metadata.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portlog.senders.dialects import content, names, scalars
from portlog.senders.dialects.facts import Facts, root_of

Reader = Callable[[Facts, str], Any]
Converter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Source:
    """One place of a value: an attribute (or the start of several), the dialects it is of, and how it is read."""

    dialects: str
    key: str
    read: Reader | None = None  # None: the attribute's value, as the field takes values
    path: tuple[str, ...] = ()  # into the attribute's JSON
    elsewhere: bool = False  # it stands in no attribute of the span: its name, its status, an event, the resource
    root: str = ""  # first two steps of the key: without any attribute of that root there is nothing to read

    @property
    def place(self) -> str:
        """As `explain` shows it."""
        return " > ".join((self.key, *self.path))


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a log. `of` makes its value of an attribute's; None where there is nothing to be made."""

    name: str
    of: Converter | None
    sources: tuple[Source, ...]
    read: Reader | None = None  # of sources without a reader, where the whole of the facts is needed


def _(dialects: str, key: str, read: Reader | None = None) -> Source:
    """`key > step > step` steps into the JSON text of the attribute."""
    name, *path = key.split(" > ")
    return Source(dialects, name, read, tuple(path), read in _ELSEWHERE, root_of(name))


_ELSEWHERE = frozenset(
    (scalars.model_of_name, scalars.tool_of_name, scalars.first_chunk, scalars.of_resource, scalars.exception_type,
     scalars.exception_message, scalars.status_message, scalars.code_of_status, scalars.code_in_message,
     scalars.code_in_exception, content.event_messages, content.event_choices, content.event_value)
)  # fmt: skip


FIELDS: tuple[Field, ...] = (
    Field("provider", names.provider, (
        _("A", "gen_ai.provider.name"), _("BCK", "gen_ai.system"), _("D", "llm.provider"), _("D", "llm.system"),
        _("F", "ai.model.provider"), _("H", "langsmith.metadata.ls_provider"), _("D", "metadata > ls_provider"),
    )),
    Field("model_requested", scalars.as_name, (
        _("A", "gen_ai.request.model"), _("F", "ai.model.id"), _("D", "llm.request.model_name"),
        _("D", "llm.invocation_parameters > model"), _("D", "embedding.invocation_parameters > model"),
        _("D", "input.value > model"), _("D", "llm.model_name"), _("D", "embedding.model_name"),
        _("D", "reranker.model_name"), _("G", "langfuse.observation.model.name"), _("AI", "span.name", scalars.model_of_name),
    )),
    Field("model", scalars.as_name, (
        _("A", "gen_ai.response.model"), _("F", "ai.response.model"), _("D", "llm.response.model_name"),
        _("D", "output.value > model"), _("D", "llm.model_name", scalars.unless_failed),
        _("D", "embedding.model_name", scalars.unless_failed), _("D", "reranker.model_name", scalars.unless_failed),
        _("G", "langfuse.observation.model.name", scalars.unless_failed),
    )),
    Field("response_id", scalars.as_name, (
        _("A", "gen_ai.response.id"), _("F", "ai.response.id"), _("D", "llm.response.id"), _("D", "output.value > id"),
    )),
    Field("input_tokens", scalars.as_count, (
        _("A", "gen_ai.usage.input_tokens"), _("CL", "gen_ai.usage.prompt_tokens"), _("D", "llm.token_count.prompt"),
        _("F", "ai.usage.inputTokens"), _("F", "ai.usage.promptTokens"), _("F", "ai.usage.tokens"),
        _("G", "langfuse.observation.usage_details > input"), _("G", "langfuse.observation.usage_details > prompt_tokens"),
        _("G", "langfuse.observation.usage_details > input_tokens"),
        _("D", "output.value > usage > prompt_tokens"), _("D", "output.value > usage > input_tokens"),
    )),
    Field("output_tokens", scalars.as_count, (
        _("A", "gen_ai.usage.output_tokens"), _("CL", "gen_ai.usage.completion_tokens"),
        _("D", "llm.token_count.completion"), _("F", "ai.usage.outputTokens"), _("F", "ai.usage.completionTokens"),
        _("G", "langfuse.observation.usage_details > output"), _("G", "langfuse.observation.usage_details > completion_tokens"),
        _("G", "langfuse.observation.usage_details > output_tokens"),
        _("D", "output.value > usage > completion_tokens"), _("D", "output.value > usage > output_tokens"),
    )),
    Field("cache_read_tokens", scalars.as_count, (
        _("A", "gen_ai.usage.cache_read.input_tokens"), _("CS", "gen_ai.usage.cache_read_input_tokens"),
        _("D", "llm.token_count.prompt_details.cache_read"), _("F", "ai.usage.cachedInputTokens"),
        _("F", "ai.usage.inputTokenDetails.cacheReadTokens"), _("M", "gen_ai.usage.details.cache_read_tokens"),
        _("M", "gen_ai.usage.raw > prompt_tokens_details > cached_tokens"),
        _("M", "gen_ai.usage.raw > input_tokens_details > cached_tokens"), _("M", "gen_ai.usage.raw > cache_read_input_tokens"),
        _("G", "langfuse.observation.usage_details > prompt_tokens_details > cached_tokens"),
        _("G", "langfuse.observation.usage_details > input_tokens_details > cached_tokens"),
        _("G", "langfuse.observation.usage_details > cache_read_input_tokens"),
        _("G", "langfuse.observation.usage_details > input_cached_tokens"),
        _("G", "langfuse.observation.usage_details > input_cache_read"),
        _("D", "output.value > usage > prompt_tokens_details > cached_tokens"),
        _("D", "output.value > usage > input_tokens_details > cached_tokens"),
        _("D", "output.value > usage > cache_read_input_tokens"),
    )),
    Field("cache_write_tokens", scalars.as_count, (
        _("A", "gen_ai.usage.cache_creation.input_tokens"), _("AI", "gen_ai.usage.cache_write.input_tokens"),
        _("C", "gen_ai.usage.cache_creation_input_tokens"), _("CS", "gen_ai.usage.cache_write_input_tokens"),
        _("D", "llm.token_count.prompt_details.cache_write"), _("F", "ai.usage.inputTokenDetails.cacheWriteTokens"),
        _("M", "gen_ai.usage.details.cache_write_tokens"), _("M", "gen_ai.usage.raw > cache_creation_input_tokens"),
        _("G", "langfuse.observation.usage_details > cache_creation_input_tokens"),
        _("G", "langfuse.observation.usage_details > input_cache_creation"),
        _("D", "output.value > usage > cache_creation_input_tokens"),
    )),
    Field("reasoning_tokens", scalars.as_count, (
        _("A", "gen_ai.usage.reasoning.output_tokens"), _("C", "gen_ai.usage.reasoning_tokens"),
        _("D", "llm.token_count.completion_details.reasoning"), _("F", "ai.usage.reasoningTokens"),
        _("F", "ai.usage.outputTokenDetails.reasoningTokens"), _("M", "gen_ai.usage.details.reasoning_tokens"),
        _("M", "gen_ai.usage.raw > completion_tokens_details > reasoning_tokens"),
        _("M", "gen_ai.usage.raw > output_tokens_details > reasoning_tokens"),
        _("G", "langfuse.observation.usage_details > completion_tokens_details > reasoning_tokens"),
        _("G", "langfuse.observation.usage_details > output_tokens_details > reasoning_tokens"),
        _("G", "langfuse.observation.usage_details > output_reasoning_tokens"),
        _("G", "langfuse.observation.usage_details > output_reasoning"),
        _("D", "output.value > usage > completion_tokens_details > reasoning_tokens"),
        _("D", "output.value > usage > output_tokens_details > reasoning_tokens"),
    )),
    Field("cost_usd", scalars.as_cost, (
        _("M", "operation.cost"), _("L", "gen_ai.cost.total_cost"), _("D", "llm.cost.total"),
        _("G", "langfuse.observation.cost_details > total"), _("K", "gen_ai.usage.cost"),
    )),
    Field("first_token_ms", scalars.as_number, (
        _("F", "ai.response.msToFirstChunk"), _("AI", "gen_ai.response.time_to_first_chunk", scalars.seconds),
        _("F", "gen_ai.client.operation.time_to_first_chunk", scalars.seconds),
        _("KS", "gen_ai.server.time_to_first_token", scalars.seconds_unless_strands),
        _("G", "langfuse.observation.completion_start_time", scalars.since_start),
        _("CD", "span.events", scalars.first_chunk),
    )),
    Field("stream", scalars.as_flag, (
        _("A", "gen_ai.request.stream"), _("K", "gen_ai.request.is_stream"), _("C", "gen_ai.is_streaming"),
        _("CL", "llm.is_streaming"), _("F", "ai.operationId", scalars.streams), _("D", "llm.invocation_parameters > stream"),
        _("H", "langsmith.request.streaming"),
    )),
    Field("finish_reason", scalars.as_one, (
        _("A", "gen_ai.response.finish_reasons"), _("D", "llm.finish_reason"), _("F", "ai.response.finishReason"),
        _("C", "gen_ai.completion.0.finish_reason"), _("I", "anthropic.message.stop_reason"),
        _("G", "langfuse.observation.metadata.finish_reason", scalars.json_text),
    )),
    Field("user", scalars.as_name, (
        _("A", "user.id"), _("G", "langfuse.user.id"), _("A", "enduser.id"), _("A", "gen_ai.user"), _("A", "gen_ai.request.user"),
        _("L", "llm.user"), _("E", "traceloop.association.properties.user_id"), _("F", "ai.telemetry.metadata.userId"),
        _("F", "ai.settings.context.userId"), _("H", "langsmith.metadata.user_id"), _("M", "user_id"),
    )),
    Field("session", scalars.as_name, (
        _("A", "session.id"), _("G", "langfuse.session.id"), _("A", "gen_ai.conversation.id"),
        _("E", "traceloop.association.properties.session_id"), _("F", "ai.telemetry.metadata.sessionId"),
        _("F", "ai.settings.context.sessionId"), _("H", "langsmith.metadata.session_id"), _("H", "langsmith.trace.session_id"),
    )),
    Field("tags", scalars.as_names, (
        _("D", "tag.tags"), _("G", "langfuse.trace.tags"), _("F", "ai.telemetry.metadata.tags"), _("M", "logfire.tags"),
        _("", "tags"), _("H", "langsmith.span.tags"),
    )),
    Field("prompt", scalars.as_name, (
        _("A", "gen_ai.prompt.name"), _("G", "langfuse.observation.prompt.name"), _("E", "traceloop.prompt.key"),
        _("D", "prompt.id"),
    )),
    Field("environment", scalars.as_name, (
        _("A", "deployment.environment.name", scalars.of_resource), _("A", "deployment.environment", scalars.of_resource),
        _("G", "langfuse.environment", scalars.of_resource),
    )),
    Field("error_type", scalars.as_name, (
        _("A", "error.type"), _("A", "exception", scalars.exception_type),
    )),
    Field("error_message", scalars.as_sentence, (
        _("A", "span.status.message", scalars.status_message), _("G", "langfuse.observation.status_message"),
        _("A", "error.message"), _("A", "exception", scalars.exception_message),
    )),
    Field("status", scalars.as_status, (
        _("I", "http.response.status_code"), _("", "http.status_code"), _("L", "error.code"), _("J", "error.type"),
        _("J", "span.status.message", scalars.code_of_status), _("A", "span.status.message", scalars.code_in_message),
        _("G", "langfuse.observation.status_message", scalars.code_in_text), _("A", "error.message", scalars.code_in_text),
        _("A", "exception", scalars.code_in_exception),
    )),
    Field("url", scalars.as_name, (
        _("I", "url.full"), _("", "http.url"), _("C", "gen_ai.openai.api_base"),
    )),
    Field("method", scalars.as_name, (_("I", "http.request.method"), _("", "http.method"))),
    Field("tool", scalars.as_name, (
        _("A", "gen_ai.tool.name"), _("D", "tool.name"), _("F", "ai.toolCall.name"), _("E", "traceloop.entity.name"),
        _("", "span.name", scalars.tool_of_name),
    )),
    Field("instructions", None, (_("A", "gen_ai.system_instructions"), _("S", "system_prompt")), scalars.said),
    # what was said, in OpenAI's chat form
    Field("input", None, (
        _("A", "gen_ai.input.messages", content.semconv_messages), _("G", "langfuse.observation.input"),
        _("D", "llm.input_messages", content.openinference_messages), _("D", "llm.prompts", content.openinference_prompts),
        _("F", "ai.prompt.messages"), _("F", "ai.prompt"), _("C", "gen_ai.prompt", content.legacy_messages),
        _("C", "llm.prompts", content.legacy_messages), _("BS", "gen_ai.user.message", content.event_messages),
        _("H", "gen_ai.prompt"), _("M", "pydantic_ai.all_messages"), _("M", "all_messages_events"),
        _("E", "traceloop.entity.input"), _("D", "input.value"),
    ), content.value_messages),
    Field("output", None, (
        _("A", "gen_ai.output.messages", content.semconv_choices), _("G", "langfuse.observation.output"),
        _("D", "llm.output_messages", content.openinference_choices), _("D", "llm.choices", content.openinference_completions),
        _("F", "ai.response.text", content.vercel_choices), _("C", "gen_ai.completion", content.legacy_choices),
        _("C", "llm.completions", content.legacy_choices), _("BS", "gen_ai.choice", content.event_choices),
        _("H", "gen_ai.completion"), _("E", "traceloop.entity.output"), _("M", "pydantic_ai"), _("M", "final_result"),
        _("D", "output.value"),
    ), content.value_choices),
    Field("tools", None, (
        _("A", "gen_ai.tool.definitions"), _("D", "llm.tools", content.tools_of_openinference), _("F", "ai.prompt.tools"),
        _("C", "llm.request.functions", content.tools_of_legacy), _("G", "langfuse.observation.input", content.tools_within),
        _("D", "llm.invocation_parameters", content.tools_within), _("D", "input.value", content.tools_within),
        _("H", "gen_ai.prompt", content.tools_within),
    ), content.tools_of_json),
    # what a span that is no call was given and gave back: any JSON, or text
    Field("given", None, (
        _("G", "langfuse.observation.input"), _("H", "gen_ai.prompt"), _("E", "traceloop.entity.input"), _("D", "input.value"),
        _("D", "reranker.query"),
    ), content.any_value),
    Field("result", None, (
        _("G", "langfuse.observation.output"), _("H", "gen_ai.completion"), _("E", "traceloop.entity.output"),
        _("M", "final_result"), _("D", "output.value"), _("D", "retrieval.documents", content.documents),
        _("D", "reranker.output_documents", content.documents),
    ), content.any_value),
    Field("arguments", None, (
        _("A", "gen_ai.tool.call.arguments"), _("M", "tool_arguments"), _("F", "ai.toolCall.args"), _("F", "ai.toolCall.input"),
        _("D", "input.value"), _("E", "traceloop.entity.input"), _("G", "langfuse.observation.input"), _("H", "gen_ai.prompt"),
        _("D", "tool.parameters"), _("S", "gen_ai.tool.message", content.event_value),
        _("S", "gen_ai.input.messages", content.called_with),
    ), content.any_value),
    Field("tool_result", None, (
        _("A", "gen_ai.tool.call.result"), _("M", "tool_response"), _("F", "ai.toolCall.result"), _("F", "ai.toolCall.output"),
        _("D", "output.value"), _("E", "traceloop.entity.output"), _("G", "langfuse.observation.output"),
        _("H", "gen_ai.completion"), _("S", "gen_ai.choice", content.event_value),
        _("S", "gen_ai.output.messages", content.answered_with),
    ), content.any_value),
    Field("embedded", None, (
        _("A", "gen_ai.input.messages", content.texts_of_messages),
        _("D", "embedding.embeddings", content.texts_of_embeddings), _("F", "ai.values", content.texts_of_values),
        _("F", "ai.value", content.texts_of_values), _("G", "langfuse.observation.input"),
        _("C", "gen_ai.prompt", content.texts_of_legacy), _("H", "gen_ai.prompt"), _("E", "traceloop.entity.input"),
        _("D", "input.value"),
    ), content.texts_of_json),
    Field("vectors", None, (
        _("D", "embedding.embeddings", content.vectors_of_embeddings), _("F", "ai.embeddings", content.vectors_of_values),
        _("F", "ai.embedding", content.vectors_of_values), _("D", "output.value"),
    ), content.vectors_of_json),
)  # fmt: skip

BY_NAME = {field.name: field for field in FIELDS}
assert len(BY_NAME) == len(FIELDS)


# -- the kind of a span (otel.md 5): the first attribute that is there and has a known value. A name that starts with a
# dot is the end of a value, one that ends with a dot its start, "" any other ---------------------

KINDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("langfuse.observation.type", {
        "generation": "llm", "embedding": "embedding", "agent": "agent", "tool": "tool", "retriever": "retriever",
        "chain": "chain", "evaluator": "chain", "guardrail": "chain", "span": "span", "event": "span",
    }),
    ("openinference.span.kind", {
        "LLM": "llm", "EMBEDDING": "embedding", "AGENT": "agent", "TOOL": "tool", "RETRIEVER": "retriever",
        "RERANKER": "retriever", "CHAIN": "chain", "PROMPT": "chain", "GUARDRAIL": "chain", "EVALUATOR": "chain",
    }),
    ("langsmith.span.kind", {
        "llm": "llm", "embedding": "embedding", "agent": "agent", "tool": "tool", "retriever": "retriever",
        "chain": "chain", "prompt": "chain", "parser": "chain",
    }),
    ("ai.operationId", {
        "ai.toolCall": "tool", "ai.embedMany": "chain", "ai.embed": "chain", ".doGenerate": "llm", ".doStream": "llm",
        ".doEmbed": "embedding", "ai.rerank": "retriever", ".doRerank": "retriever", "ai.": "agent",
    }),
    ("gen_ai.operation.name", {
        "chat": "llm", "text_completion": "llm", "generate_content": "llm", "embeddings": "embedding",
        "invoke_agent": "agent", "create_agent": "agent", "execute_tool": "tool", "retrieval": "retriever",
        "search_memory": "retriever", "create_memory": "retriever", "update_memory": "retriever",
        "delete_memory": "retriever", "create_memory_store": "retriever", "delete_memory_store": "retriever",
        "upsert_memory": "retriever", "completion": "llm", "acompletion": "llm", "responses": "llm", "aresponses": "llm",
        "embedding": "embedding", "aembedding": "embedding", "": "chain",
    }),
    ("traceloop.span.kind", {"agent": "agent", "tool": "tool", "workflow": "chain", "task": "chain", "": "chain"}),
    ("llm.request.type", {
        "chat": "llm", "completion": "llm", "acompletion": "llm", "text_completion": "llm", "atext_completion": "llm",
        "responses": "llm", "aresponses": "llm", "anthropic_messages": "llm", "generate_content": "llm",
        "embedding": "embedding", "aembedding": "embedding", "rerank": "retriever", "arerank": "retriever",
    }),
)  # fmt: skip


# -- metadata: names that are taken over without their start, and what is not metadata at all --------------------

# The rest of the name is the metadata's own; values of those marked True are JSON texts.
METADATA_PREFIXES: tuple[tuple[str, bool], ...] = (
    ("langfuse.trace.metadata.", True),
    ("langfuse.observation.metadata.", True),
    ("traceloop.association.properties.", False),
    ("ai.telemetry.metadata.", False),
    ("ai.settings.context.", False),
    ("langsmith.metadata.", False),
)

# Request parameters: attribute or member of the parameters' JSON -> name in a request of OpenAI's chat form.
PARAMETER_PREFIX = "gen_ai.request."
PARAMETERS_OF_PREFIX = {"choice.count": "n", "stop_sequences": "stop", "is_stream": "stream"}
PARAMETER_TEXTS = ("llm.invocation_parameters", "embedding.invocation_parameters", "langfuse.observation.model.parameters")
SETTINGS_PREFIX = "ai.settings."
PARAMETERS: dict[str, str] = {
    name: name
    for name in (
        "temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "max_output_tokens", "seed", "stop", "n",
        "frequency_penalty", "presence_penalty", "response_format", "tool_choice", "parallel_tool_calls",
        "reasoning_effort", "reasoning", "thinking", "stream", "dimensions", "encoding_format", "encoding_formats", "user",
        "service_tier", "logprobs", "top_logprobs", "logit_bias", "verbosity", "store",
    )
} | {
    "stop_sequences": "stop", "maxOutputTokens": "max_tokens", "maxTokens": "max_tokens", "topP": "top_p", "topK": "top_k",
    "frequencyPenalty": "frequency_penalty", "presencePenalty": "presence_penalty", "stopSequences": "stop",
}  # fmt: skip

# Attributes beside those of FIELDS that say nothing a filter could ask for: copies, sums, descriptions of attributes.
NOT_METADATA = frozenset(
    ("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total", "ai.usage.totalTokens",
     "input.mime_type", "output.mime_type", "metadata", "model_request_parameters", "request_data", "response_data",
     "logfire.json_schema", "logfire.metrics", "logfire.span_type", "logfire.msg", "logfire.scrubbed", "events",
     "ai.response.toolCalls", "ai.response.reasoning", "gen_ai.event.content", "event.name", "hidden_params",
     "ai.model.provider", "langfuse.observation.type", "openinference.span.kind", "langsmith.span.kind",
     "traceloop.span.kind", "span.name", *PARAMETER_TEXTS)
)  # fmt: skip
NOT_METADATA_PREFIXES = (
    "gen_ai.prompt.", "gen_ai.completion.", "gen_ai.usage.", "gen_ai.request.", "llm.input_messages.",
    "llm.output_messages.", "llm.prompts.", "llm.completions.", "llm.choices.", "llm.tools.", "llm.request.functions.",
    "llm.token_count.", "ai.usage.", "embedding.embeddings.", "retrieval.documents.", "reranker.input_documents.",
    "reranker.output_documents.", "gen_ai.aggregated_usage.",
)  # fmt: skip
RESOURCE_NOISE = ("telemetry.sdk.", "process.", "os.")
