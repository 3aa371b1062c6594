"""Providers as OpenTelemetry and its senders spell them, in Portkey's names; and guesses from a model's name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

PROVIDERS = {
    "aws.bedrock": "bedrock", "aws_bedrock": "bedrock", "amazon-bedrock": "bedrock", "amazon_bedrock": "bedrock",
    "bedrock_converse": "bedrock", "aws": "bedrock", "azure.ai.openai": "azure-openai", "az.ai.openai": "azure-openai",
    "azure": "azure-openai", "azure_openai": "azure-openai", "azure-openai": "azure-openai",
    "azure.ai.inference": "azure-ai", "az.ai.inference": "azure-ai", "azure_ai": "azure-ai",
    "gcp.vertex_ai": "vertex-ai", "vertex_ai": "vertex-ai", "vertexai": "vertex-ai", "google.vertex": "vertex-ai",
    "google_vertexai": "vertex-ai", "gcp.gemini": "google", "gcp.gen_ai": "google", "gemini": "google",
    "google.generative-ai": "google", "google_genai": "google", "google-gla": "google", "google-vertex": "vertex-ai",
    "google_generativeai": "google", "mistral_ai": "mistral-ai", "mistralai": "mistral-ai", "mistral": "mistral-ai",
    "x_ai": "x-ai", "xai": "x-ai", "moonshot_ai": "moonshot", "moonshotai": "moonshot", "perplexity": "perplexity-ai",
    "ibm.watsonx.ai": "watsonx", "together_ai": "together-ai", "togetherai": "together-ai", "together": "together-ai",
    "fireworks": "fireworks-ai", "fireworks_ai": "fireworks-ai", "vertex": "vertex-ai", "hugging_face": "huggingface",
    "cohere_chat": "cohere", "openai_chat": "openai", "anthropic_chat": "anthropic", "deepseek_ai": "deepseek",
}  # fmt: skip
PROVIDER_SUFFIXES = (".chat", ".responses", ".embedding", ".embeddings", ".messages", ".completion", ".completions")
FRAMEWORKS = frozenset(
    ("strands-agents", "strands", "langchain", "langgraph", "crewai", "llamaindex", "llama_index", "llama-index",
     "haystack", "autogen", "ag2", "smolagents", "pydantic-ai", "pydantic_ai", "dspy", "agno", "openai_agents",
     "openai-agents", "semantic_kernel", "litellm", "vercel", "ai", "unknown", "_other", "traceloop", "mcp")
)  # fmt: skip
MODEL_STARTS = (
    ("gpt-", "openai"), ("chatgpt", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4", "openai"),
    ("text-embedding-3", "openai"), ("text-embedding-ada", "openai"), ("davinci", "openai"), ("dall-e", "openai"),
    ("whisper", "openai"), ("tts-", "openai"), ("omni-moderation", "openai"), ("claude", "anthropic"),
    ("gemini", "google"), ("gemma", "google"), ("mistral", "mistral-ai"), ("mixtral", "mistral-ai"),
    ("codestral", "mistral-ai"), ("ministral", "mistral-ai"), ("magistral", "mistral-ai"), ("command", "cohere"),
    ("embed-english", "cohere"), ("embed-multilingual", "cohere"), ("grok", "x-ai"), ("deepseek", "deepseek"),
    ("sonar", "perplexity-ai"), ("kimi", "moonshot"), ("voyage-", "voyage"), ("jina-", "jina"),
)  # fmt: skip


@lru_cache(maxsize=1024)
def _provider(text: str) -> str:
    name = text.strip().lower().removeprefix("@")
    if name in FRAMEWORKS:
        return ""
    if name in PROVIDERS:
        return PROVIDERS[name]
    for suffix in PROVIDER_SUFFIXES:
        name = name.removesuffix(suffix)
    return "" if name in FRAMEWORKS else PROVIDERS.get(name, re.sub(r"\s+", "-", name))


def provider(value: Any) -> str | None:
    """A provider as sent, in our spelling; None for what is none, and for names of frameworks (otel.md 4)."""
    return (_provider(value[:128]) or None) if isinstance(value, str) else None


def provider_of_model(model: str) -> str:
    """Out of a `provider/model` name, else guessed from how the model is called; "" where that says nothing."""
    head, slash, rest = model.partition("/")
    if slash and head and rest and not head.startswith(("models", "ft:")) and _provider(head) in _KNOWN:
        return _provider(head)
    name = rest.lower() if slash and rest else model.lower()
    if _BEDROCK_MODEL.match(name):
        return "bedrock"
    return next((known for start, known in MODEL_STARTS if name.startswith(start)), "")


# Bedrock's ids name the maker, and a region or a group of them before it.
_BEDROCK_MODEL = re.compile(r"(?:[a-z]{2,6}\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen)\.[a-z]")

_KNOWN = frozenset(PROVIDERS.values()) | {
    "openai", "anthropic", "google", "cohere", "groq", "openrouter", "deepseek", "ollama", "cerebras", "nvidia",
    "huggingface", "replicate", "perplexity-ai", "sambanova", "ai21", "jina", "voyage", "deepinfra",
}  # fmt: skip
