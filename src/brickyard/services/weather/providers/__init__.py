"""Who knows the weather: a module for each provider, which nothing lists."""
