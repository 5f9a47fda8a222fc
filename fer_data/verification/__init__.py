"""The parts of `fer-data verify`: what was recorded, what lies there, which rows differ, and what mends it."""
