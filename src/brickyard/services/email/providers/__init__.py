"""Who takes mail on: a module for each provider, which nothing lists."""
