"""The verbs. Each is one transaction; reads stand beside them and return frozen values."""
