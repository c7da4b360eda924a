"""Where exchange rates come from: a module for each provider, which nothing lists."""
