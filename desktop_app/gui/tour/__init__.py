"""The guided tour of how a model works."""
