"""Action units: which of them are present in a face."""
