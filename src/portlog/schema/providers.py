"""Who answered: provider names out of hosts and class names, models out of URLs (contract 2.3). Data, mostly."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

# Host suffix -> provider, in Portkey's names; the longest suffix wins. A suffix of whole labels, or of part of one after "-".
HOSTS: tuple[tuple[str, str], ...] = (
    ("api.openai.com", "openai"),
    ("openai.azure.com", "azure-openai"),
    ("cognitiveservices.azure.com", "azure-openai"),
    ("services.ai.azure.com", "azure-ai"),
    ("inference.ai.azure.com", "azure-ai"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "google"),
    ("aiplatform.googleapis.com", "vertex-ai"),
    ("-aiplatform.googleapis.com", "vertex-ai"),  # us-central1-aiplatform.googleapis.com
    ("amazonaws.com", "bedrock"),
    ("api.cohere.ai", "cohere"),
    ("api.cohere.com", "cohere"),
    ("api.mistral.ai", "mistral-ai"),
    ("api.groq.com", "groq"),
    ("api.deepseek.com", "deepseek"),
    ("api.together.xyz", "together-ai"),
    ("api.together.ai", "together-ai"),
    ("api.fireworks.ai", "fireworks-ai"),
    ("api.perplexity.ai", "perplexity-ai"),
    ("openrouter.ai", "openrouter"),
    ("api.x.ai", "x-ai"),
    ("api.cerebras.ai", "cerebras"),
    ("api.sambanova.ai", "sambanova"),
    ("api.ai21.com", "ai21"),
    ("api.deepinfra.com", "deepinfra"),
    ("api.endpoints.anyscale.com", "anyscale"),
    ("api.voyageai.com", "voyage"),
    ("api.jina.ai", "jina"),
    ("api.stability.ai", "stability-ai"),
    ("api.novita.ai", "novita-ai"),
    ("api.hyperbolic.xyz", "hyperbolic"),
    ("api.moonshot.cn", "moonshot"),
    ("api.moonshot.ai", "moonshot"),
    ("dashscope.aliyuncs.com", "dashscope"),
    ("open.bigmodel.cn", "zhipu"),
    ("api.studio.nebius.ai", "nebius"),
    ("api-inference.huggingface.co", "huggingface"),
    ("router.huggingface.co", "huggingface"),
    ("integrate.api.nvidia.com", "nvidia"),
)

# Class names that callback handlers send as provider.
_ALIASES = {
    "openai_llm": "openai",
    "openaiembedding": "openai",
    "openai_class_llm": "openai",
    "azure_openai_llm": "azure-openai",
    "azureopenai": "azure-openai",
    "anthropic_llm": "anthropic",
}

_MODEL_IN_URL = re.compile(r"/(?:deployments/|models/|model/(?=[^/?#]+/))([^/?#:]+)")


def normal(name: str) -> str:
    """A provider's name as one sender spells it, in ours: `@openai-prod` is a slug, `openai_llm` a class."""
    name = name.removeprefix("@")
    return _ALIASES.get(name.lower(), name)


# What is remembered of URLs is bounded in bytes too: only so much of one is looked at.
_URL_CHARS_READ = 2048


def of_url(url: str) -> str:
    """The provider whose known host `url` names, or ""."""
    return _of_url(url[:_URL_CHARS_READ])


@lru_cache(maxsize=4096)
def _of_url(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    dotted = "." + host
    found = [
        (len(suffix), name)
        for suffix, name in HOSTS
        if dotted.endswith(suffix if suffix.startswith("-") else "." + suffix)
    ]
    return max(found)[1] if found else ""


def model_of_url(url: str) -> str:
    """The model segment of URLs such as Azure's `/deployments/X/`, Gemini's `/models/X:verb`, Bedrock's `/model/X/`."""
    match = _MODEL_IN_URL.search(url[:_URL_CHARS_READ])
    return match[1] if match else ""
