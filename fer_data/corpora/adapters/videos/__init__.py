"""Videos with a table of labels: a line a frame, a line a segment of time, or a line a clip."""
