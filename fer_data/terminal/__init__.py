"""What commands and the evaluation print for people: tables and lines in one look."""
