"""Parts that a message is made of; images, files and tools come with the features that make them."""

import msgspec


class TextPart(msgspec.Struct, frozen=True, tag="text"):
    """Markdown text, as typed or as the model wrote it."""

    text: str


class ThoughtPart(msgspec.Struct, frozen=True, tag="thought"):
    """What a thinking model wrote before its answer; never sent back to the model."""

    text: str
    seconds: float = 0.0


Part = TextPart | ThoughtPart
