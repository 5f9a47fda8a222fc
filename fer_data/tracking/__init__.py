"""Faces of a video found, tracked, smoothed and recorded: what `align` and `predict` share."""
