"""What a page carries so that it learns when somebody else changed what it shows.

``base.html`` draws it; ``stroma.clinic.live`` makes it and answers when the page asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from stroma.look.parts import Happening

OPENED_AT = "opened_at"
"""The form's field that says where the record stood when the page was opened."""


@dataclass(frozen=True, slots=True)
class Live:
    """Where the record stood when a page was opened, and how the page is told of a change.

    A page that holds a form is told by a notice, so that nothing typed is lost; any other is drawn anew.
    """

    href: str
    token: str
    has_form: bool
    changes: Sequence[Happening] = ()
    zone: str = "UTC"

    @property
    def field(self) -> SafeString:
        """The hidden field of a deciding form."""
        return format_html('<input type="hidden" name="{}" value="{}">', OPENED_AT, self.token)
