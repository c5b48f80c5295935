"""The models that are loaded: their workers, what they are asked, and their shares of the computer."""
