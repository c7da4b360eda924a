"""The front door: HTTP and WebSocket in, one pipeline for every call."""
