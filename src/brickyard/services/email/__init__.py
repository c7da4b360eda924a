"""Mail: what the service promises, and how it keeps it."""
