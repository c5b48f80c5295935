"""The page of texts that a person writes and a model goes on with."""
