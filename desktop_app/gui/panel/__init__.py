"""The right panel and its tabs."""
