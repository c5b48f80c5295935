"""What a model is asked for: the prompt and what fits into it, who waits for the answer, and its receipt."""
