"""Durable publish and subscribe: what is published is kept for a day and handed to everyone who listens."""
