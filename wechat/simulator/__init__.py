"""A simulated WeChat for demonstrations and tests: it answers as the real one is documented to, or fails as told."""
