"""Requests: submitted, decided, moved and shown."""
