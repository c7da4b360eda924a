"""The comparison behind `make bench`: this cloud beside a bare server, PocketBase and FastAPI."""
