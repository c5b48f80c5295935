"""The chats and everything a person does with them."""
