"""What sets the product in motion: each handler parses, calls one verb and acknowledges."""
