"""The demo: a web page, a story with a past, and a clock that can be pushed forward."""
