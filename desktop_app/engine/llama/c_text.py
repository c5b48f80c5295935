"""Texts as llama.cpp returns them."""


def text_of(value: bytes | None) -> str:
    """Return them as a string, an empty one for none."""
    return (value or b"").decode("utf-8", errors="replace")
