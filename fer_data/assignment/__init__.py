"""Who is who in one video: tracks, lines written by hand, the organisers' crops."""
