"""The About page, and what looks for newer releases."""
