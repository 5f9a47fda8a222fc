"""`fer-data init`: parameters into a clone, and the figures of the demo out of it."""
