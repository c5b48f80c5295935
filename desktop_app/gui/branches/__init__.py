"""The branches of a chat: the menu of a message, the map, and answers side by side."""
