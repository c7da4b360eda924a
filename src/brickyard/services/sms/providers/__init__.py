"""Who delivers text messages: a module for each provider, which nothing lists."""
