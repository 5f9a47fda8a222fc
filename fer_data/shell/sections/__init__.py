"""Read a section of params.yaml, and say in one line what is wrong with it."""
