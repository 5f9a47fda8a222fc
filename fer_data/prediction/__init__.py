"""What `fer-data predict` is made of: sources, the faces in them, pictures of the result."""
