"""The parts of the documentation that are made from the code: ``python -m tests.docs --write`` makes them anew.

The tests beside these modules fail when a page is stale, when a link leads nowhere, and when a command that a
page shows does not work as it stands.
"""

from tests.docs import commands
from tests.docs.commands import COMMANDS_PAGE, commands_page

__all__ = ["COMMANDS_PAGE", "commands", "commands_page"]
