"""The way back that a page was given in its address."""


def own_path(text: str) -> str:
    """A way back within this site, or none."""
    return text if text.startswith("/") and not text.startswith("//") and "\\" not in text else ""
