"""A day of logs of a made-up outdoor shop, to look at: for the pictures of the dashboard and for tests that need a full store.

Three layers: thousands of generated logs (bench/loggen.py) for volume, some hundreds of short conversations that a person
can read, and one log of each form of body: of the providers' families (tests/fixtures/bodies), of captured clients
(tests/fixtures/clients) and of OpenTelemetry (tests/fixtures/otlp), and some written here that are pleasant to look at.
All of it is posted as clients post it; the same `seed` makes the same day.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import math
import random
import struct
import sys
import wave
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "tests" / "fixtures"
sys.path.append(str(ROOT / "bench"))

from loggen import generate  # noqa: E402 - it lies beside the benchmarks

Json = dict[str, Any]
Post = Callable[[str, Any], Any]  # path, and what is sent as JSON

USERS = ("alice", "bob", "carol", "dmitri", "ines", "svc-summary", "nightly-eval")
URL = {
    "openai": "https://api.openai.com/v1/chat/completions",
    "anthropic": "https://api.anthropic.com/v1/messages",
    "google": "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
}
SYSTEM = """You are the support agent of Northwind Outdoors.
Answer in the customer's language, briefly and warmly.
Use the tools for anything about an order: never guess a delivery date.
Refunds above $200 need a human: hand over with the tool escalate.
Never mention internal systems, ticket numbers or other customers.
If the customer is upset, say sorry once, then help.
Prices are in US dollars."""
TALK = (
    ("Where is order {n}? I leave on Saturday.", "Order {n} left our warehouse this morning and arrives on Thursday."),
    ("Can I return boots I wore once?", "Yes: within 30 days, clean, with the box. Here is your **return label**."),
    ("Does the Ridge 9 stand up to wind?", "It does. Its poles are pre-bent and it was tested to 95 km/h."),
    ("Classify: “The zip of my tent broke.”", '{"topic": "warranty", "urgency": "normal"}'),
    ("My discount code HIKE20 is refused.", "HIKE20 ended on Sunday. I have put the same 20 % on your cart."),
    ("Rewrite as a search: warm bag, light, under 300 dollars", "sleeping bag down comfort:<-5 weight:<900g price:<300"),
    ("Übersetze ins Englische: „Der Rucksack sitzt gut.“", "The backpack fits well."),
    ("Summarise the minutes of Monday's meeting.", "1. New tents ship in May. 2. Ines owns the returns page."),
    ("Which stove works at 4,000 m?", "A liquid fuel stove: gas loses pressure in the cold. I would take the Kite 2."),
    ("Extract supplier, number and total from this invoice.", '{"supplier": "Alpen AG", "number": "A-{n}", "total": 912.4}'),
)  # fmt: skip
FAILURES = (
    (429, "rate_limit_error", "Rate limit reached for {model} on tokens per min: limit 200000, used 199{n}."),
    (500, "server_error", "The server had an error while processing your request."),
    (503, "overloaded_error", "The engine is currently overloaded, please try again later."),
)
MODELS = (
    ("openai", "gpt-4o", 41), ("openai", "gpt-4o-mini", 88), ("openai", "gpt-4.1-mini", 72),
    ("anthropic", "claude-sonnet-4-5", 57), ("google", "gemini-2.5-flash", 120),
)  # fmt: skip


def ago(now: datetime, seconds: float) -> str:
    """The time of a log, as it is posted."""
    return (now - timedelta(seconds=seconds)).isoformat()


def log(request: Json, response: Json, *, url: str, provider: str, status: int = 200, ms: int = 900, **more: Any) -> Json:
    """A log as a client posts it; `more` are its metadata, but for `created_at`, `stream` and `headers`."""
    times = {"created_at": more.pop("created_at")} if "created_at" in more else {}
    answer = {"status": status, "headers": more.pop("headers", {}), "body": response, "response_time": ms}
    if more.pop("stream", False):
        answer["streamingMode"] = True
    sent = {"url": url, "provider": provider, "headers": {"content-type": "application/json"}, "body": request}
    return {"request": sent, "response": answer, "metadata": more, **times}


def chat(question: str, answer: str, *, model: str = "gpt-4o", provider: str = "openai", **more: Any) -> Json:
    """One turn of a chat."""
    asked = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
    used = {"prompt_tokens": 120 + len(question) // 4, "completion_tokens": 1 + len(answer) // 4}
    body = {
        "model": model,
        "choices": [{"message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}],
        "usage": {**used, "total_tokens": sum(used.values())},
    }
    return log({"model": model, "messages": asked}, body, url=URL[provider], provider=provider, **more)


# -- volume ------------------------------------------------------------------------------------------------


def generated(count: int, now: datetime, seed: int = 1) -> Iterator[Json]:
    """Logs of loggen over the 24 hours before `now`, of our users; one of twenty was answered out of a cache."""
    start = (now - timedelta(hours=24)).replace(microsecond=0)
    rnd = random.Random(seed)
    for made in generate(count, seed, 1, start.isoformat()):
        made.pop("_id")
        # What goes on over midnight in loggen would lie ahead of now.
        made["created_at"] = min(made["created_at"], ago(now, 90))
        place = made["metadata"]
        place["user_id"] = place["_user"] = USERS[int(place["_user"][-2:], 16) % len(USERS)]
        if made["response"]["status"] == 200 and rnd.random() < 0.05:
            made["response"]["headers"]["x-portkey-cache-status"] = "HIT" if rnd.random() < 0.7 else "SEMANTIC HIT"
            made["response"]["response_time"] = rnd.randint(4, 19)
        yield made


def conversations(count: int, now: datetime, seed: int = 1) -> Iterator[Json]:
    """Short ones that a person can read, the newest a minute old; a few failed, a few were cached or repeated."""
    rnd = random.Random(seed)
    seconds = 60.0
    for number in range(count):
        seconds += rnd.expovariate(1 / 14)
        provider, model, speed = rnd.choices(MODELS, weights=(4, 3, 3, 2, 1))[0]
        question, answer = (text.replace("{n}", str(48_200 + number % 90)) for text in rnd.choice(TALK))
        environment = rnd.choice(("production", "production", "production", "staging"))
        ms = 240 + int(len(answer) / 4 / speed * 1000 * rnd.uniform(0.8, 3))
        more: Json = {
            "_user": rnd.choice(USERS), "environment": environment, "release": "2.4.1" if seconds < 3600 else "2.4.0",
            "created_at": ago(now, seconds), "ms": ms,
        }  # fmt: skip
        if rnd.random() < 0.08:
            more |= {"headers": {"x-portkey-cache-status": "HIT"}, "ms": rnd.randint(4, 15)}
        elif rnd.random() < 0.03:
            more |= {"headers": {"x-portkey-retry-attempt-count": "2"}}
        made = chat(question, answer, model=model, provider=provider, **more)
        if rnd.random() < 0.06:
            status, kind, message = rnd.choices(FAILURES, weights=(5, 2, 2))[0]
            told = message.replace("{model}", model).replace("{n}", str(rnd.randint(100, 999)))
            made["response"] |= {"status": status, "body": {"error": {"type": kind, "message": told}}}
        yield made


# -- forms -------------------------------------------------------------------------------------------------


def png(width: int = 240, height: int = 160) -> str:
    """Hills under a sun, as a data URL."""
    lines = bytearray()
    for y in range(height):
        lines.append(0)
        for x in range(width):
            hill = height * (0.62 + 0.16 * math.sin(x / 31) + 0.07 * math.sin(x / 11 + 2))
            far = height * (0.5 + 0.12 * math.sin(x / 53 + 1))
            sun = (x - width * 0.72) ** 2 + (y - height * 0.26) ** 2 < (height * 0.12) ** 2
            tones = (52, 96, 84) if y > hill else (122, 158, 148) if y > far else (243, 200, 120) if sun else (208, 226, 232)
            lines += bytes(tones)
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(lines), 9)), (b"IEND", b""))
    packed = b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + packed).decode()


def wav(seconds: float = 0.4) -> str:
    """A tone, as base64."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(8000)
        out.writeframes(bytes(int(128 + 60 * math.sin(n * 0.35)) for n in range(int(8000 * seconds))))
    return base64.b64encode(file.getvalue()).decode()


TOOLS = [
    {"type": "function", "function": {"name": "find_order", "description": "Where an order is.", "parameters": {
        "type": "object", "required": ["number"],
        "properties": {"number": {"type": "string", "description": "Five digits."}}}}},
    {"type": "function", "function": {"name": "escalate", "description": "Hand over to a human.", "parameters": {
        "type": "object", "properties": {"reason": {"type": "string"}}}}},
]  # fmt: skip
ORDER = {"number": "48213", "status": "shipped", "carrier": "DHL", "eta": "Thursday", "items": ["Ridge 9 tent", "pegs"]}


def tool_call(arguments: Json, name: str = "find_order", call: str = "call_9xQ2") -> Json:
    return {"id": call, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def with_tools() -> Json:
    messages = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": "Where is order 48213? I leave for the mountains on Saturday."},
        {"role": "assistant", "content": None, "tool_calls": [tool_call({"number": "48213"})]},
        {"role": "tool", "tool_call_id": "call_9xQ2", "content": json.dumps(ORDER)},
    ]
    answer = "Good news: order 48213 is with DHL and arrives on **Thursday**, two days before you leave."
    body = {
        "model": "gpt-4o", "choices": [{"message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1720, "completion_tokens": 79, "total_tokens": 1799,
                  "prompt_tokens_details": {"cached_tokens": 1024}},
    }  # fmt: skip
    return log({"model": "gpt-4o", "messages": messages, "tools": TOOLS}, body, url=URL["openai"], provider="openai", ms=1940)


def with_reasoning() -> Json:
    thought = "The customer wants to cook at 4,000 m in the cold.\nCanister gas loses pressure below freezing.\nSo: liquid fuel."
    request = {
        "model": "claude-sonnet-4-5", "max_tokens": 2048, "system": SYSTEM,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "messages": [{"role": "user", "content": "Which stove works at 4,000 m in winter?"}],
    }  # fmt: skip
    body = {
        "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "stop_reason": "end_turn",
        "content": [{"type": "thinking", "thinking": thought, "signature": "c2lnbmVk"},
                    {"type": "text", "text": "Take a **liquid fuel stove**, such as the Kite 2:\n\n- it keeps its pressure in the cold\n- you can buy its fuel anywhere"}],
        "usage": {"input_tokens": 214, "output_tokens": 187, "cache_read_input_tokens": 1180, "cache_creation_input_tokens": 0},
    }  # fmt: skip
    return log(request, body, url=URL["anthropic"], provider="anthropic", ms=4120)


def with_image() -> Json:
    parts = [{"type": "text", "text": "Is this a good place to camp?"}, {"type": "image_url", "image_url": {"url": png()}}]
    body = {
        "model": "gpt-4o", "usage": {"prompt_tokens": 1105, "completion_tokens": 41, "total_tokens": 1146},
        "choices": [{"message": {"role": "assistant", "content": "The hollow between the two hills is sheltered from wind. Stay off the crest."}, "finish_reason": "stop"}],
    }  # fmt: skip
    return log({"model": "gpt-4o", "messages": [{"role": "user", "content": parts}]}, body, url=URL["openai"], provider="openai", ms=2300)


def with_audio() -> Json:
    parts = [{"type": "text", "text": "What does this caller want?"},
             {"type": "input_audio", "input_audio": {"data": wav(), "format": "wav"}}]  # fmt: skip
    spoken = {"id": "audio_1", "data": wav(0.8), "expires_at": 1, "transcript": "The caller wants to change a delivery address."}
    body = {
        "model": "gpt-4o-audio-preview", "usage": {"prompt_tokens": 61, "completion_tokens": 54, "total_tokens": 115},
        "choices": [{"message": {"role": "assistant", "content": None, "audio": spoken}, "finish_reason": "stop"}],
    }  # fmt: skip
    request = {"model": "gpt-4o-audio-preview", "modalities": ["text", "audio"], "messages": [{"role": "user", "content": parts}]}
    return log(request, body, url=URL["openai"], provider="openai", ms=3100)


def with_embedding() -> Json:
    rnd = random.Random(7)
    body = {
        "object": "list", "model": "text-embedding-3-small", "usage": {"prompt_tokens": 9, "total_tokens": 9},
        "data": [{"object": "embedding", "index": 0, "embedding": [round(rnd.gauss(0, 0.06), 6) for _ in range(256)]}],
    }  # fmt: skip
    request = {"model": "text-embedding-3-small", "input": "a light tent for two in wind", "dimensions": 256}
    return log(request, body, url="https://api.openai.com/v1/embeddings", provider="openai", ms=112)


def with_stream() -> Json:
    words = "A **Ridge 9** pitches in four minutes: poles first, then the fly, pegs last.".split(" ")
    chunks: list[Json] = [{"model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}]
    chunks += [{"model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {"content": word + " "}}]} for word in words]
    chunks.append({"model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"model": "gpt-4o-mini", "choices": [], "usage": {"prompt_tokens": 140, "completion_tokens": 22, "total_tokens": 162}})
    text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    request = {"model": "gpt-4o-mini", "stream": True, "messages": [
        {"role": "system", "content": SYSTEM}, {"role": "user", "content": "How do I pitch the Ridge 9?"}]}  # fmt: skip
    return log(request, text, url=URL["openai"], provider="openai", ms=1480, stream=True)  # type: ignore[arg-type]


def with_refusal() -> Json:
    body = {
        "model": "gpt-4o", "usage": {"prompt_tokens": 160, "completion_tokens": 18, "total_tokens": 178},
        "choices": [{"message": {"role": "assistant", "content": None, "refusal": "I cannot share the data of other customers."}, "finish_reason": "stop"}],
    }  # fmt: skip
    request = {"model": "gpt-4o", "messages": [
        {"role": "system", "content": SYSTEM}, {"role": "user", "content": "Read me the last order of my neighbour."}]}  # fmt: skip
    return log(request, body, url=URL["openai"], provider="openai", ms=760)


def with_sources() -> Json:
    places = (("Winter tents compared", "https://example.com/tents/winter"), ("Ridge 9: how it stands in wind", "https://example.com/ridge-9"))
    cited = [{"type": "url_citation", "url_citation": {"url": url, "title": title, "start_index": 0, "end_index": 40}} for title, url in places]
    answer = "Two of our tents stand in such wind: the **Ridge 9** and the **Fell 4**."
    body = {
        "model": "gpt-4o-search-preview", "usage": {"prompt_tokens": 61, "completion_tokens": 33, "total_tokens": 94},
        "choices": [{"message": {"role": "assistant", "content": answer, "annotations": cited}, "finish_reason": "stop"}],
    }  # fmt: skip
    request = {"model": "gpt-4o-search-preview", "web_search_options": {},
               "messages": [{"role": "user", "content": "Which tents stand in a storm?"}]}  # fmt: skip
    return log(request, body, url=URL["openai"], provider="openai", ms=5210)


def with_error() -> Json:
    told = "Rate limit reached for gpt-4o on tokens per min (TPM): Limit 200000, Used 199412, Requested 2310."
    made = chat("Summarise the minutes of Monday's meeting.", "", ms=90)
    made["response"] |= {"status": 429, "body": {"error": {"type": "rate_limit_error", "code": "rate_limit_exceeded", "message": told}}}
    return made


# By the name that its picture has; the newest logs of the day, in this order.
SHOWN: dict[str, Callable[[], Json]] = {
    "tools": with_tools, "reasoning": with_reasoning, "image": with_image, "audio": with_audio,
    "embedding": with_embedding, "stream": with_stream, "refusal": with_refusal, "sources": with_sources,
    "error": with_error,
}  # fmt: skip


def shown(now: datetime) -> Iterator[Json]:
    """Each of SHOWN, on the trace `shown-NAME`."""
    for number, (name, make) in enumerate(SHOWN.items()):
        made = make()
        made["metadata"] |= {"_user": USERS[number % 3], "environment": "production", "release": "2.4.1"}
        yield {**made, "trace_id": f"shown-{name}", "created_at": ago(now, 2 + 5 * number)}


def provider_bodies(now: datetime) -> Iterator[Json]:
    """The bodies of providers' references, two hours ago and before."""
    for file in sorted((FIXTURES / "bodies").glob("*.json")):
        for number, case in enumerate(json.loads(file.read_text(encoding="utf-8"))):
            if "request" not in case or not case.get("url"):
                continue
            body = case["response"] if "response" in case else case.get("chunks")
            yield log(
                case["request"], body, url=case["url"], provider=case.get("provider", ""), status=case.get("status", 200),
                _user="svc-forms", environment="dev", case=case["name"], created_at=ago(now, 7200 + 30 * number),
            )  # fmt: skip


# -- an agent ----------------------------------------------------------------------------------------------

AGENT_TRACE = "a6e7f1c048213048213048213c0ffee1"


def agent(now: datetime) -> Json:
    """A trace as OTLP/JSON: an agent that plans, asks tools, meets an error twice, calls one tool in a loop, and answers.

    It began within the last minute, so that the list of traces begins with it at any hour, however busy.
    """
    began = int((now - timedelta(seconds=58)).timestamp() * 1e9)

    def span(number: int, name: str, at: float, ms: int, parent: int = 0, error: str = "", **attributes: Any) -> Json:
        start = began + int(at * 1e9)
        made: Json = {
            "traceId": AGENT_TRACE, "spanId": f"{number + 1:016x}", "name": name, "kind": 3,
            "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + ms * 1_000_000),
            "attributes": [{"key": key.replace("__", "."), "value": typed(value)} for key, value in attributes.items()],
            "status": {"code": 2, "message": error} if error else {},
        }  # fmt: skip
        return made | ({"parentSpanId": f"{parent:016x}"} if parent else {})

    def model(number: int, at: float, ms: int, question: str, answer: str, name: str = "gpt-4o", **more: Any) -> Json:
        asked, told = ([{"role": role, "parts": [{"type": "text", "content": text}]}]
                       for role, text in (("user", question), ("assistant", answer)))  # fmt: skip
        provider = "anthropic" if name.startswith("claude") else "openai"
        return span(
            number, f"chat {name}", at, ms, more.get("parent", 1), gen_ai__operation__name="chat",
            gen_ai__provider__name=provider, gen_ai__request__model=name, gen_ai__response__model=name,
            gen_ai__usage__input_tokens=380 + len(question), gen_ai__usage__output_tokens=20 + len(answer) // 4,
            gen_ai__input__messages=json.dumps(asked), gen_ai__output__messages=json.dumps(told),
        )  # fmt: skip

    def tool(number: int, at: float, ms: int, name: str, asked: Json, answer: Any, error: str = "", parent: int = 1) -> Json:
        return span(
            number, f"execute_tool {name}", at, ms, parent, error, gen_ai__operation__name="execute_tool",
            gen_ai__tool__name=name, gen_ai__tool__call__id=f"call_{number}",
            gen_ai__tool__call__arguments=json.dumps(asked), gen_ai__tool__call__result=json.dumps(answer),
        )  # fmt: skip

    wish = "Change the address of order 48213 to Dorfstrasse 3."
    spans = [
        span(0, "invoke_agent checkout-agent", 0, 11_800, gen_ai__operation__name="invoke_agent",
             gen_ai__agent__name="checkout-agent", gen_ai__conversation__id="chat-48213"),
        model(1, 0.1, 1_900, wish, "I look for the order, ask its carrier, and change the address."),
        tool(2, 2.1, 400, "find_order", {"number": "48213"}, ORDER),
    ]  # fmt: skip
    for turn, at in enumerate((2.7, 4.2, 5.7)):
        last = turn == 2
        question = "What next?" if not turn else "The order is being picked. What next?"
        spans.append(model(3 + 2 * turn, at, 900, question, "Call change_address.", "gpt-4o-mini"))
        asked = {"number": "48213", "address": "Dorfstrasse 3"}
        told = {"changed": True} if last else {"error": "conflict"}
        fault = "" if last else "Order 48213 is being picked, try again."
        spans.append(tool(4 + 2 * turn, at + 0.95, 450, "change_address", asked, told, fault))
    spans.append(model(9, 7.3, 2_400, "Tell the customer.", "Done: your tent now goes to Dorfstrasse 3.", "claude-sonnet-4-5"))
    spans.append(model(10, 9.8, 1_700, "Is this friendly?", "Yes."))
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}},
                               {"key": "user.id", "value": {"stringValue": "alice"}}]}  # fmt: skip
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "checkout"}, "spans": spans}]}]}


def typed(value: Any) -> Json:
    """A value of an attribute as OTLP/JSON has it."""
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}


# -- all ---------------------------------------------------------------------------------------------------


def in_hundreds(logs: Iterator[Json], size: int = 100) -> Iterator[list[Json]]:
    while part := list(itertools.islice(logs, size)):
        yield part


def captured(now: datetime, post: Post) -> None:
    """What real clients sent, as they sent it; spans are moved to this day."""
    for file in sorted((FIXTURES / "clients").glob("*.json")):
        sent = json.loads(file.read_text(encoding="utf-8"))
        request = sent.get("request", {})
        posted = request.get("path", "").startswith("/v1/logs") and isinstance(request.get("body"), dict | list)
        if posted and (logs := dated(request["body"], ago(now, 4 * 3600))):
            post("/v1/logs", logs)
    for number, file in enumerate(sorted((FIXTURES / "otlp").glob("*.json"))):
        sent = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(sent, dict) and "resourceSpans" in sent:
            post("/v1/traces", moved(sent, now - timedelta(hours=3, minutes=2 * number)))


def dated(sent: Any, at: str) -> list[Json]:
    """The plain logs of a post, with a time; forms that cannot be given one would stand on top of everything."""
    parts = sent if isinstance(sent, list) else [sent]
    return [part | {"created_at": at} for part in parts if part.keys() >= PLAIN and part.keys() <= KNOWN]


PLAIN = {"request", "response"}
KNOWN = PLAIN | {"metadata", "trace_id", "created_at"}


def moved(sent: Json, to: datetime) -> Json:
    """OTLP/JSON whose earliest span begins at `to`."""
    spans = [span for resource in sent["resourceSpans"] for scope in resource.get("scopeSpans", ()) for span in scope.get("spans", ())]
    if not spans:
        return sent
    shift = int(to.timestamp() * 1e9) - min(int(span["startTimeUnixNano"]) for span in spans)
    for span in spans:
        for timed in (span, *span.get("events", ())):
            for key in {"startTimeUnixNano", "endTimeUnixNano", "timeUnixNano"} & timed.keys():
                timed[key] = str(int(timed[key]) + shift)
    return sent


def fill(url: str, *, count: int = 3_000, readable: int = 240, forms: bool = True, now: datetime | None = None, seed: int = 1) -> None:
    """Post the day to a server: `count` generated logs, `readable` conversations, the trace, and with `forms` every body."""
    now = now or datetime.now(UTC)
    with httpx.Client(base_url=url, timeout=60) as client:

        def post(path: str, body: Any) -> httpx.Response:
            return client.post(path, json=body)

        layers = [generated(count, now, seed), conversations(readable, now, seed)]
        for part in in_hundreds(itertools.chain(*layers, provider_bodies(now) if forms else ())):
            post("/v1/logs", part).raise_for_status()
        if forms:
            captured(now, post)
        post("/v1/traces", agent(now)).raise_for_status()
        post("/v1/logs", list(shown(now))).raise_for_status()
        post("/v1/feedback", feedback(now)).raise_for_status()


def feedback(now: datetime) -> list[Json]:
    """What people said of what is shown."""
    said: Sequence[tuple[str, int, str]] = (
        ("shown-tools", 1, "Right, and fast."), ("shown-refusal", 1, "It kept its word."),
        ("shown-stream", -1, "The pegs come before the fly."), (AGENT_TRACE, -1, "Three tries for one address."),
        ("shown-reasoning", 1, ""),
    )  # fmt: skip
    return [
        {"trace_id": trace, "value": value, "metadata": {"_user": USERS[n % 3], **({"comment": text} if text else {})}}
        for n, (trace, value, text) in enumerate(said)
    ]
