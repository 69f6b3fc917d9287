"""Short links (短链接) and mini-program codes (小程序码): one per event, point, team or page, with its picture."""

from capabilities.link.draw import draw
from capabilities.link.make import draw_again, found, link_of, make, of_event, pages
from capabilities.link.refusals import LinkBeingDrawn, LinkInvalid, NoSuchLink
from capabilities.link.show import Leads, Picture, address_of, invited_to, picture, where

__all__ = [
    "Leads",
    "LinkBeingDrawn",
    "LinkInvalid",
    "NoSuchLink",
    "Picture",
    "address_of",
    "draw",
    "draw_again",
    "found",
    "invited_to",
    "link_of",
    "make",
    "of_event",
    "pages",
    "picture",
    "where",
]
