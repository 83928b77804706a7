"""What queries return: frozen values as cards, lists and forms show them, with no text for people in them."""
