"""How effects reach Slack."""
