"""What lies over a conversation: its bars, its scroll bar, and the button to its end."""
