"""All windows from the start of the app to its end, and the lock in front of them."""
