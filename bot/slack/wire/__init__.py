"""Calls to Slack and payloads from it."""
