"""Any server that speaks OpenAI's API: Ollama, vLLM, llama.cpp, OpenRouter, Mistral, Groq …."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from brickyard.engines.egress.allowed import Allowed
from brickyard.engines.egress.target import check_url
from brickyard.providers import About, Credentials, Failure, Secret
from brickyard.providers.credentials import Unfit
from brickyard.services.ai.openai_api import OpenAiApi


class OpenAiCompatibleCredentials(Credentials):
    """A server, and what it wants to be shown."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s?#@\\]+\Z")]
    """Where its API is: `https://openrouter.ai/api/v1`, `http://ollama.example.com:11434/v1`."""
    default_model: str
    """Which model answers if a call names none."""
    api_key: Secret | None = None
    """Its key; none if it takes none."""
    embedding_model: str = ""
    """Which model makes embeddings if a call names none."""
    image_model: str = ""
    """Which model draws if a call names none."""

    def check(self, allowed: Allowed) -> None:
        """Refuse a server that is never asked."""
        try:
            check_url(self.url, allowed)
        except ValueError as error:
            raise Unfit("url", str(error)) from error


@dataclass(frozen=True)
class OpenAiCompatible(OpenAiApi):
    """Models of whoever runs such a server."""

    about = About(
        title="OpenAI-compatible",
        docs="https://developers.openai.com/api/reference",
        source="the server that is set",
        licence="the server's, and its models'",
        limits="A server on this machine or its network is reached if the operator allows that: with the"
        " cloud's credentials by BRICKYARD_EGRESS_ALLOW, with a project's by BRICKYARD_EGRESS_ALLOW_TENANTS.",
    )

    credentials: OpenAiCompatibleCredentials

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.credentials.url.rstrip("/")

    @property
    def headers(self) -> Mapping[str, str]:
        """What says who asks."""
        key = self.credentials.api_key
        return {"Authorization": f"Bearer {key}"} if key else {}

    def model_of(self, asked: str, task: Literal["chat", "embed", "draw"]) -> str:
        """Give the model to be asked for."""
        credentials = self.credentials
        defaults = {"embed": credentials.embedding_model, "draw": credentials.image_model}
        model = asked or defaults.get(task, credentials.default_model)
        if not model:
            raise Failure("unsupported", "It is not set which model does this: name one.")
        return model
