"""The data folder: who owns it, how others reach the owner, and how what is in it is looked at, locked and erased."""
