"""The sandbox: a Slack on one's own machine, for the demo and the tests. `serve` never loads it."""
