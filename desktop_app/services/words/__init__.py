"""What a person reads of errors, devices and other computers."""
