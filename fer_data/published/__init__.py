"""Published datasets, opened, checked and read in batches."""
