"""Calls done once: `Claims` on them, and the `Outcome` that repeats get. See docs/adr/0014-idempotency.md."""
