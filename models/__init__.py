"""What the system remembers: one table per file, queries named on the model."""
