"""Where questions are typed, with what is attached to them and what is said of them."""
