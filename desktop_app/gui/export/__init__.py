"""Chats as HTML and on paper, made in a process of its own."""
