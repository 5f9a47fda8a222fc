"""The network, its files and its input contract."""
