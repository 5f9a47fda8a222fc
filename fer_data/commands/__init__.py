"""The `fer-data` command line: one module a command, with nothing heavy imported before it is needed."""
