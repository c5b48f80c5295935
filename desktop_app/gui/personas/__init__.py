"""Personas: their page, their editor, and how an empty chat begins with one."""
