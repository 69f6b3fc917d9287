"""Pages: templates that escape whatever they are given, and refuse a name that they were not given."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from public.static_files import FILES

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _static(name: str) -> str:
    return FILES[name].address


_TEMPLATES.globals["static"] = _static


def render(template: str, **shown: Any) -> str:
    return _TEMPLATES.get_template(template).render(shown)
