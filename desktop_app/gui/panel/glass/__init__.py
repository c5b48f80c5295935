"""The Glass box tab: how sure a model was of each word, and what it looked at."""
