"""Documents of rows: text with its formats, its tables and its code, and what changes in them."""
