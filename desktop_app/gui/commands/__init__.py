"""The commands of the window: their names and shortcuts, and the ways to find them."""
