"""Masks (脱敏): how names, phones and ID numbers are shown to those who need not know them (`domain.md` §2.7)."""


def mask_phone(phone: str) -> str:
    """`138****5678`; a shorter number keeps its last four, and nothing where those would be half of it."""
    if len(phone) >= 11:
        return f"{phone[:3]}****{phone[-4:]}"
    return "****" + (phone[-4:] if len(phone) > 8 else "")


def mask_id_number(number: str) -> str:
    """`150102********1234`; a short document number keeps its last two."""
    if len(number) >= 15:
        return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    return "****" + (number[-2:] if len(number) > 4 else "")


def mask_name(name: str) -> str:
    """First character and a star for each further one up to four; names with `·` and longer ones end in two stars.

    A name is one field: 巴特尔 has no surname, and 欧阳修 has one of two characters.
    """
    characters = list(name)
    if len(characters) <= 4 and "·" not in name:
        return characters[0] + "*" * (len(characters) - 1) if characters else ""
    return characters[0] + "**"
