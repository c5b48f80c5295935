"""How each other app writes down its chats, as pure functions from decoded values to chats of ours."""
