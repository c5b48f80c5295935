"""Locking the chats: the window that stands in their place, and the dialogs that turn it on and off."""
