"""Tracks of faces in one video, and which person each track shows."""
