"""The shell around the core: how a command runs and ends, its files, its progress, and text for a terminal."""
