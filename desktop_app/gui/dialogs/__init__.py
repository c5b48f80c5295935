"""The ground of dialogs, and small ones for any question."""
