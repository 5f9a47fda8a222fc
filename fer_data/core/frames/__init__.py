"""Which frame of a video each label line belongs to, whatever was lost on the way."""
