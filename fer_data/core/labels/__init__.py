"""What is annotated: the tasks with their labels, and the split that a subject is published in."""
