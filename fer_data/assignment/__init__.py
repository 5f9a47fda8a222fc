"""Which tracks show which annotated person: by the whole video, by hand, by the organisers' crops."""
