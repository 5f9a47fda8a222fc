"""Files and folders on disk: reading what others made, and writing so that nothing is lost."""
