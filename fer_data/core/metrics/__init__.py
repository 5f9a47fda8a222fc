"""Scores, their intervals, calibration, and what precedes scoring."""
