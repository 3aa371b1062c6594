"""Langfuse's SDK with this server as its host: an observed agent around its OpenAI wrapper, and a generation by hand."""

import os

from report import KEY, LOGS, PROVIDER, report

os.environ |= {"LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": KEY, "LANGFUSE_HOST": LOGS, "LANGFUSE_BASE_URL": LOGS}

from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import OpenAI
from telemetry import QUESTION, SYSTEM, TOOLS, refused

client = OpenAI(base_url=f"{PROVIDER}/v1", api_key="sk-mock", max_retries=0)
langfuse, traces = get_client(), {}


def chat(*messages: dict, **more):
    return client.chat.completions.create(model="gpt-4o-mini", messages=[SYSTEM, *(messages or (QUESTION,))], **more)


@observe(as_type="tool")
def get_weather(city: str) -> str:
    return "18°C, sunny"


@observe(as_type="agent")
def agent(name: str, work) -> None:
    traces[name] = langfuse.get_current_trace_id()
    with propagate_attributes(user_id="user-42", session_id="sess-7", tags=["paris"], metadata={"team": "search"}):
        work()


def tools() -> None:
    (call,) = chat(tools=TOOLS).choices[0].message.tool_calls
    said = {"role": "tool", "tool_call_id": call.id, "content": get_weather(city="Paris")}
    chat(QUESTION, {"role": "assistant", "tool_calls": [call.model_dump()]}, said, tools=TOOLS)


def stream() -> None:
    for _ in chat(stream=True, stream_options={"include_usage": True}):
        pass


def manual() -> None:
    with langfuse.start_as_current_observation(
        as_type="generation", name="by hand", model="claude-sonnet-4-5", input=[QUESTION]
    ) as generation:
        generation.update(output="It is 18°C.", usage_details={"input": 11, "output": 5, "cache_read_input_tokens": 3})


agent("tools", tools)
agent("stream", stream)
agent("manual", manual)
agent("error_429", lambda: refused(lambda: chat({"role": "user", "content": "ERR429"})))
langfuse.flush()
report(**traces)
