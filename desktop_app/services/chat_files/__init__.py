"""Files that chats go to and come back from: exports, imports and backups."""
