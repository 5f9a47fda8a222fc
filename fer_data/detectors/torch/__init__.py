"""Detectors as batches in torch, on any device."""
