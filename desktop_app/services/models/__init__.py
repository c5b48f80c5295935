"""The files of models: the library, what comes into it and is moved in it, and the room they need."""
