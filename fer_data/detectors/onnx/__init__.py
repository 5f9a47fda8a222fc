"""Detectors on onnxruntime."""
