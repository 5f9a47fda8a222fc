"""Comparisons that a person runs by hand: `python -m experiments.<name> --help`."""
