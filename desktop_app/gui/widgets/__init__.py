"""Controls for any purpose, which know nothing of chats."""
