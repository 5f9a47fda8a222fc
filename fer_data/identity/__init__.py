"""The optional network that tells people apart: loading it, and getting its weights."""
