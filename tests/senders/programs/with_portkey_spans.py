"""The span exporter of Portkey's SDK, as `instrumentation=True` sets it up: it posts spans as logs.

(The option itself also patches litellm, langgraph and crewai where they are installed, and fails on today's versions
of them; here the application makes the spans, as the patches would.)
"""

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode
from portkey_ai.api_resources.instrumentation.portkey_span_exporter import PortkeySpanExporter
from portkey_ai.utils import string_to_uuid
from report import KEY, LOGS, report

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(PortkeySpanExporter(api_key=KEY, base_url=f"{LOGS}/v1")))
trace.set_tracer_provider(provider)

tracer = trace.get_tracer("app")
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini"}
with tracer.start_as_current_span("agent-run") as root:
    with tracer.start_as_current_span("llm-call", attributes=CHAT) as call:
        call.set_attributes({"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 24})
    with tracer.start_as_current_span("llm-call", attributes=CHAT) as call:
        call.set_status(Status(StatusCode.ERROR, "Rate limit reached"))
provider.shutdown()
report(spans=string_to_uuid(root.get_span_context().trace_id))
