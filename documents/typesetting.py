"""Typesetting (排版): Typst with our own fonts only, so that a page looks the same on every machine.

The fonts are Noto's for Simplified Chinese, then Traditional Chinese and Japanese for what the first lacks (𠮷); each
PDF carries the signs that it uses. Characters that none of them has stay boxes: 𪚥 and its like.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pylopdf_fonts_jp
import pylopdf_fonts_zh_cn
import pylopdf_fonts_zh_tw
import typst

FOLDER = Path(__file__).parent
_FONTS = (pylopdf_fonts_zh_cn, pylopdf_fonts_zh_tw, pylopdf_fonts_jp)


@cache
def fonts() -> typst.Fonts:
    """Read once; some 100 ms."""
    folders = [folder for package in _FONTS for folder in package.__path__]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def pdf(template: str, said: Mapping[str, str]) -> bytes:
    """The PDF of a template of this folder, which finds `said` in `sys.inputs`; what is said is never read as markup.

    Pure work: call it beside the event loop.
    """
    return typst.compile((FOLDER / template).read_bytes(), font_paths=fonts(), sys_inputs=dict(said))
