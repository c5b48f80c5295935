"""What helps to write and to read: personas, prompt templates, attached files, spelling and speech."""
