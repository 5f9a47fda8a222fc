"""Expression: one class a face."""
