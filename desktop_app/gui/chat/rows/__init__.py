"""The widgets of rows, and of what stands above and below them."""
