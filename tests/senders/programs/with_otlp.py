"""OpenTelemetry's own exporters for Python: every base that documents name, plain and gzip, spans and log records."""

import os
import sys

from report import LOGS, report
from telemetry import start

BASE, COMPRESSION = sys.argv[1:]
os.environ["OTEL_EXPORTER_OTLP_COMPRESSION"] = COMPRESSION
spans, records = start(LOGS + BASE)

import json

from opentelemetry import _logs, trace
from opentelemetry._logs import LogRecord
from opentelemetry.trace import SpanKind, Status, StatusCode

tracer, traces = trace.get_tracer("app", "1.2.3"), {}
MESSAGES = [{"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]}]
ANSWER = [{"role": "assistant", "parts": [{"type": "text", "content": "It is 18°C."}], "finish_reason": "stop"}]
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18", "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 24}  # fmt: skip

with tracer.start_as_current_span("request", attributes={"user.id": "user-42", "session.id": "sess-7"}) as root:
    traces["spans"] = f"{root.get_span_context().trace_id:032x}"
    with tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT, attributes=CHAT) as span:
        span.set_attribute("gen_ai.input.messages", json.dumps(MESSAGES))
        span.set_attribute("gen_ai.output.messages", json.dumps(ANSWER))
    with tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT, attributes=CHAT) as span:
        details = {"gen_ai.input.messages": MESSAGES, "gen_ai.output.messages": ANSWER}
        _logs.get_logger("app").emit(
            LogRecord(event_name="gen_ai.client.inference.operation.details", attributes=CHAT | details)
        )
    try:
        with tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT, attributes={
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini",
        }) as span:  # fmt: skip
            span.set_attribute("error.type", "429")
            span.set_status(Status(StatusCode.ERROR, "Rate limit reached"))
            raise RuntimeError("Rate limit reached")
    except RuntimeError:
        pass

spans.shutdown()
records.shutdown()
report(**traces)
