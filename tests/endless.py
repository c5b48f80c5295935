"""How to sample an answer of the starter that does not end by itself, so that a test can stop it, or count its tokens."""

from typing import Any

ENDLESS: dict[str, Any] = {"logit_bias": dict.fromkeys(("<|im_end|>", "<|endoftext|>", "<reponame>"), -100.0)}
"""Drawn at random, one of the tokens that end an answer may come at any place."""
