"""Who knows where things are: a module for each provider, which nothing lists."""
