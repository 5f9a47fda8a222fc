"""One thin wiring module a DVC stage: `python -m stages.<stage>`."""
