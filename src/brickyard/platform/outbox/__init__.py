"""The outbox: what mail the cloud sends, for whoever runs it."""
