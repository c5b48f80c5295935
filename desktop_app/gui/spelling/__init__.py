"""Spelling in the composer."""
