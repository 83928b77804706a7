"""What Slack sees and says."""
