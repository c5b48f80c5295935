"""What the app tells the desktop that it runs on, and asks of it."""
