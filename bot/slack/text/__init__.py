"""Every text that people read."""
