"""Unique ids of every common kind."""
