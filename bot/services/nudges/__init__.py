"""Reminders to those who must decide."""
