"""Writes paper: data in, bytes out. Knows no database and nobody who asks."""
