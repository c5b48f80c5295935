"""Forms that are generated from what a schema declares."""
