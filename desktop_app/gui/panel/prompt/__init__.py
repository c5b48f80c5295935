"""The Prompt tab: what a model is told before the first question, and all that it receives."""
