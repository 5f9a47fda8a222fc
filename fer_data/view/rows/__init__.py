"""The rows that a page shows one by one: which of all they are, what is known of each, and its picture."""
