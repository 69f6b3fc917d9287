"""Ground that knows nothing of volunteers."""
