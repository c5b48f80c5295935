"""The page about a person's own data."""
