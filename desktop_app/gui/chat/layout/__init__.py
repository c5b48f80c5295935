"""Where the rows of a conversation are, and which of them are in sight."""
