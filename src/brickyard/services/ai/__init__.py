"""The `ai` service: language models, whoever runs them."""
