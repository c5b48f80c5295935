"""Reads what other apps exported, piece by piece: files of any size, archives and folders that nobody has checked."""
