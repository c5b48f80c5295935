"""The view of a conversation: its rows, their documents, and what people do with them."""
