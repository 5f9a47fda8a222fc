"""Copies of pictures and clips: by hashes, and by how much pixels differ where they differ most."""
