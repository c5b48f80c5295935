"""The Models page, its sheets, and which model answers."""
