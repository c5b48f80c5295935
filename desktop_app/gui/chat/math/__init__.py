"""Formulas as TeX sets them."""
