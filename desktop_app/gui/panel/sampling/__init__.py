"""The Sampling tab: how the next token is chosen."""
