"""The sandbox: a Slack on your own machine, for the demo and the tests. `serve` never loads it."""
