"""One window: its frame, and what connects its parts with the services."""
