"""What stands on the desktop beside the windows: the tray, quick questions, notifications."""
