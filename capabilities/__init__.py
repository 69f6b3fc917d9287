"""What people can do: one module per capability; no web framework, no SQL."""
