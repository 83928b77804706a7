"""What Countersign knows and can do: domain, store, services, Slack."""
