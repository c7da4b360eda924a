"""OpenAI: GPT, embeddings, moderation and pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from brickyard.providers import About, Credentials, Failure, Secret
from brickyard.services.ai.openai_api import OpenAiApi

URL = "https://api.openai.com/v1"
OF_OTHERS = ("claude", "gemini", "imagen")


class OpenAiCredentials(Credentials):
    """An account at OpenAI."""

    api_key: Secret
    """A key (`sk-…`), from the platform's page of API keys."""
    default_model: str = "gpt-6-luna"
    """Which model answers if a call names none."""


@dataclass(frozen=True)
class OpenAi(OpenAiApi):
    """Models of OpenAI's."""

    about = About(
        title="OpenAI",
        docs="https://developers.openai.com/api/reference",
        source="OpenAI's models",
        licence="OpenAI's terms of use",
        hosts=("https://api.openai.com",),
    )

    credentials: OpenAiCredentials

    length_name = "max_completion_tokens"
    thinking = ("gpt-5", "gpt-6")

    @property
    def url(self) -> str:
        """Where the API is."""
        return URL

    @property
    def headers(self) -> Mapping[str, str]:
        """What says who asks."""
        return {"Authorization": f"Bearer {self.credentials.api_key}"}

    def model_of(self, asked: str, task: Literal["chat", "embed", "draw"]) -> str:
        """Give the model to be asked for."""
        if asked.startswith(OF_OTHERS):
            raise Failure("unsupported", f"It has no model {asked}.")
        if asked:
            return asked
        defaults = {"embed": "text-embedding-3-small", "draw": "gpt-image-2.6-flare"}
        return defaults.get(task, self.credentials.default_model)
