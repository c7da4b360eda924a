"""Who runs models."""
