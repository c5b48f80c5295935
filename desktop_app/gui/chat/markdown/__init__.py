"""From Markdown, as it is written, to what is drawn of it. Free of Qt."""
