"""From a question to the end of its answers: asked, told, titled and stored."""
