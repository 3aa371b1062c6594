"""OpenTelemetry set up as an application does it, and the scenarios that every instrumentor is put through."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import contextmanager

from report import LOGS

TOOLS = [{"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]  # fmt: skip
SYSTEM = {"role": "system", "content": "Be terse."}
QUESTION = {"role": "user", "content": "Weather in Paris?"}


def start(base: str = f"{LOGS}/v1/otel"):
    """Tracer, meter-less, with logs; exporters as the environment says, which is how users point them here."""
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = base
    os.environ.setdefault("OTEL_EXPORTER_OTLP_HEADERS", "x-portkey-api-key=any")
    os.environ.setdefault("OTEL_SERVICE_NAME", "senders")

    from opentelemetry import _logs, trace
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    spans, records = TracerProvider(), LoggerProvider()
    spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    records.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    trace.set_tracer_provider(spans)
    _logs.set_logger_provider(records)
    return spans, records


@contextmanager
def agent(traces: dict[str, str], name: str):
    """A root span as an application makes it around its calls, with user and session; its trace goes into `traces`."""
    from opentelemetry import trace

    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "weather", "user.id": "user-42",
                  "session.id": "sess-7"}  # fmt: skip
    with trace.get_tracer("app").start_as_current_span("invoke_agent weather", attributes=attributes) as span:
        traces[name] = f"{span.get_span_context().trace_id:032x}"
        yield


@contextmanager
def tool(name: str, call_id: str, arguments: dict):
    """A tool's span, as an application makes it."""
    from opentelemetry import trace

    attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.call.id": call_id,
                  "gen_ai.tool.call.arguments": json.dumps(arguments)}  # fmt: skip
    with trace.get_tracer("app").start_as_current_span(f"execute_tool {name}", attributes=attributes) as span:
        span.set_attribute("gen_ai.tool.call.result", "18°C, sunny")
        yield


def refused(call: Callable[[], object]) -> None:
    """Make a call that the provider refuses."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - the client's own; that it came is the point
        print(type(error).__name__)
    else:
        raise AssertionError("the provider did not refuse")
