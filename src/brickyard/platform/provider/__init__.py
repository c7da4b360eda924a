"""Providers: who does the work behind a service, by whose credentials, and how they are."""
