"""The doubles of models' providers, asked by their own clients: what satisfies these is like the real."""

from typing import Any

import anthropic
import openai
import pytest
from fakes import anthropic as anthropic_double
from fakes import google_gemini as gemini_double
from fakes import openai as openai_double
from google import genai
from google.genai import errors as genai_errors
from google.genai import types

from outside import Outside

PROMPT = "Who painted the Mona Lisa?"
ANSWER = "Leonardo da Vinci."


class TestOpenAi:
    @pytest.fixture
    def client(self, outside: Outside) -> openai.OpenAI:
        url = f"{outside.url_of('ai', 'openai')}/v1"
        return openai.OpenAI(api_key=openai_double.KEY, base_url=url, max_retries=0)

    def test_chat(self, client: openai.OpenAI):
        asked: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": PROMPT}]
        found = client.chat.completions.create(model="gpt-6-luna", messages=asked, max_completion_tokens=50)
        assert found.choices[0].message.content == ANSWER
        assert found.choices[0].finish_reason == "stop"
        assert found.usage is not None
        assert found.usage.completion_tokens == 5

    def test_stream(self, client: openai.OpenAI):
        chunks = list(
            client.chat.completions.create(
                model="gpt-6-luna",
                messages=[{"role": "user", "content": PROMPT}],
                max_completion_tokens=50,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        assert "".join(each.choices[0].delta.content or "" for each in chunks if each.choices) == ANSWER
        assert chunks[-1].usage is not None

    def test_embeddings_moderation_and_pictures(self, client: openai.OpenAI):
        embedded = client.embeddings.create(
            model="text-embedding-3-small", input=["a", "b"], encoding_format="float"
        )
        assert sorted(each.index for each in embedded.data) == [0, 1]
        judged = client.moderations.create(input="I want to kill him")
        assert judged.results[0].flagged
        drawn = client.images.generate(
            model="gpt-image-2.6-flare", prompt="a cat", n=1, size="1024x1024", quality="low"
        )
        assert drawn.data is not None
        assert drawn.data[0].b64_json == openai_double.PNG

    def test_refusals(self, client: openai.OpenAI):
        asked: Any = [{"role": "user", "content": "hi"}]
        with pytest.raises(openai.NotFoundError) as absent:
            client.chat.completions.create(model="gpt-nonsense", messages=asked, max_completion_tokens=5)
        assert absent.value.code == "model_not_found"
        with pytest.raises(openai.AuthenticationError):
            client.with_options(api_key="sk-another").models.list()


class TestAnthropic:
    @pytest.fixture
    def client(self, outside: Outside) -> anthropic.Anthropic:
        url = outside.url_of("ai", "anthropic")
        return anthropic.Anthropic(api_key=anthropic_double.KEY, base_url=url, max_retries=0)

    def test_messages(self, client: anthropic.Anthropic):
        found = client.messages.create(
            model="claude-haiku-5-5", max_tokens=50, messages=[{"role": "user", "content": PROMPT}]
        )
        assert [each.text for each in found.content if each.type == "text"] == [ANSWER]
        assert (found.stop_reason, found.usage.output_tokens) == ("end_turn", 5)

    def test_stream(self, client: anthropic.Anthropic):
        with client.messages.stream(
            model="claude-haiku-5-5", max_tokens=50, messages=[{"role": "user", "content": PROMPT}]
        ) as stream:
            assert "".join(stream.text_stream) == ANSWER
            assert stream.get_final_message().usage.output_tokens == 5

    def test_refusals(self, client: anthropic.Anthropic):
        with pytest.raises(anthropic.NotFoundError):
            client.messages.create(
                model="claude-nonsense", max_tokens=5, messages=[{"role": "user", "content": "hi"}]
            )
        with pytest.raises(anthropic.AuthenticationError):
            client.with_options(api_key="sk-ant-another").models.list()


class TestGoogle:
    @pytest.fixture
    def client(self, outside: Outside) -> genai.Client:
        options = types.HttpOptions(base_url=outside.url_of("ai", "google"))
        return genai.Client(api_key=gemini_double.KEY, http_options=options)

    def test_content(self, client: genai.Client):
        found = client.models.generate_content(
            model="gemini-3.5-flash-lite",
            contents=PROMPT,
            config=types.GenerateContentConfig(max_output_tokens=50, system_instruction="Be brief."),
        )
        assert found.text == ANSWER
        assert found.usage_metadata is not None
        assert found.usage_metadata.candidates_token_count == 5

    def test_stream(self, client: genai.Client):
        config = types.GenerateContentConfig(max_output_tokens=50)
        pieces = client.models.generate_content_stream(
            model="gemini-3.5-flash-lite", contents=PROMPT, config=config
        )
        assert "".join(each.text or "" for each in pieces) == ANSWER

    def test_embeddings_and_pictures(self, client: genai.Client):
        purpose = types.EmbedContentConfig(task_type="RETRIEVAL_QUERY")
        found = client.models.embed_content(
            model="gemini-embedding-001", contents=["a", "bc"], config=purpose
        )
        assert [each.values for each in found.embeddings or []] == [[1.0, 3.0, 4.0], [2.0, 3.0, 4.0]]
        config = types.GenerateContentConfig(
            response_modalities=["IMAGE"], image_config=types.ImageConfig(aspect_ratio="1:1")
        )
        drawn = client.models.generate_content(
            model="gemini-3.1-flash-image", contents="a cat", config=config
        )
        assert [each.inline_data is not None for each in drawn.parts or []] == [True]

    def test_refusals(self, client: genai.Client, outside: Outside):
        with pytest.raises(genai_errors.ClientError, match="not found"):
            client.models.generate_content(model="gemini-nonsense", contents="hi")
        options = types.HttpOptions(base_url=outside.url_of("ai", "google"))
        another = genai.Client(api_key="AIzaSyAnother", http_options=options)
        with pytest.raises(genai_errors.ClientError, match="API key not valid"):
            another.models.generate_content(model="gemini-3.5-flash-lite", contents="hi")
