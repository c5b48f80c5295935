"""How answers came about: what a model received, what it chose from, and what comes of the same again."""
