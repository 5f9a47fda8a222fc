"""What `evaluate` is made of: outputs, tasks, tables and plots."""
