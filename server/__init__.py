"""Builds the process from its settings and runs it."""
