"""Training and evaluation loops; not part of the wheel."""
