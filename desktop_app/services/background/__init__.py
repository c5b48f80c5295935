"""Work in the background: other processes, the database's own threads, and futures of what comes of it."""
