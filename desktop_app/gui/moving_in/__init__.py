"""The page that brings chats in from other apps."""
