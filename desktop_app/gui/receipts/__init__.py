"""Receipts of answers: in short, in full, and two answers compared."""
