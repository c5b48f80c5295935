"""The open chat: connects its view, the composer and its commands with the services."""
