"""The look: colours, fonts and icons of a theme, and which side is first."""
