"""Access that was given."""
