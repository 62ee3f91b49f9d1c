"""The HTTP server that carries every route of the process: channels, plugins, health and metrics."""
