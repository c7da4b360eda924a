"""Projects: what is isolated, who works on it, and its end."""
