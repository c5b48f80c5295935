"""The sidebar: the list of chats, its order, and the search in all of them."""
