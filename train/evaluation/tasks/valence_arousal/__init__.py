"""Valence and arousal: two numbers in [-1, 1] a face."""
