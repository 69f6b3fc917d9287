"""Paper as a person holds it: rendered by PDFium, read by a reader of codes that is not ours."""

import pypdfium2
import zxingcpp
from PIL import Image

POINTS_PER_MM = 72 / 25.4


class Paper:
    """One page of a PDF."""

    def __init__(self, pdf: bytes) -> None:
        self._document = pypdfium2.PdfDocument(pdf)
        assert len(self._document) == 1
        self._page = self._document[0]

    @property
    def size_mm(self) -> tuple[int, int]:
        width, height = self._page.get_size()
        return round(width / POINTS_PER_MM), round(height / POINTS_PER_MM)

    @property
    def text(self) -> str:
        """As one could copy it, without the breaks of lines."""
        text: str = self._page.get_textpage().get_text_range()
        return text.replace("\r", "").replace("\n", "")

    def picture(self, *, dpi: int = 100) -> Image.Image:
        return self._page.render(scale=dpi / 72).to_pil().convert("L")

    def codes(self) -> list[str]:
        return [each.text for each in zxingcpp.read_barcodes(self.picture(dpi=150))]

    def carries_its_fonts(self) -> bool:
        """Whether it looks the same on a machine without any Chinese font."""
        found = list(self._page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]))
        return bool(found) and all(each.get_font().is_embedded for each in found)
