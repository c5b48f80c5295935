"""What is found, selected, copied and tinted in the text of rows."""
