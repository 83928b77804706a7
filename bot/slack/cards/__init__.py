"""Messages with blocks."""
