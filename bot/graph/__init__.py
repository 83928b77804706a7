"""What the Graph-compatible API reads and says, over the same verbs as Slack.

`engine.answer` takes a method, a path and parameters, and returns what is to be sent, in the transaction of a
context. `endpoints` is the table of all that can be called.
"""
