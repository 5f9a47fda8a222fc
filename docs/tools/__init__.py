"""What makes the documentation site (`make docs`) and the pictures of the README (`make pictures`)."""
