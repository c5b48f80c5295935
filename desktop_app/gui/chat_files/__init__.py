"""Files that chats go to and come back from: exports and backups."""
