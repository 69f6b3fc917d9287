"""Which work each job stands for."""

from collections.abc import Mapping

from capabilities.job import Work

WORKS: Mapping[str, Work] = {}
