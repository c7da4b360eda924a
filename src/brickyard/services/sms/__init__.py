"""Text messages: what the service promises, and how it keeps it."""
