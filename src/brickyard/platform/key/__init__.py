"""Keys: what calls are made with."""
