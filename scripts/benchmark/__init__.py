"""The benchmark: `python -m scripts.benchmark`. Each figure beside its reference, both taken in one run."""
