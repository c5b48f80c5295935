"""Prompt templates: their page, their sheets, and how they come into the composer."""
