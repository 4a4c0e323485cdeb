"""Let time pass in a demo: ``python -m tests.browser.clock DAYS``, told by STROMA_HOME which one.

The time of a simulated record is that of its newest entry, where that is later than the clock. So the analyst extracts
the registry so many days from now, which they may do at any time; nothing is changed in what others wrote.
"""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from tests.browser.demo import demo_environment


def let_pass(home: Path, *, days: int) -> None:
    """Let so many days pass in the demo below ``home``, while it is served or not."""
    command = [sys.executable, "-m", "tests.browser.clock", str(days)]
    subprocess.run(command, env=demo_environment(home), check=True)


def main(days: int) -> None:
    """Extract the registry of the first site so many days after the record's present."""
    import django

    django.setup()
    from stroma.clinic.domain.roles import Role
    from stroma.clinic.models import RoleAssignment, Site
    from stroma.ledger.record import present
    from stroma.registry.actions import extract_registry

    site = Site.objects.order_by("opened_at")[0]
    analyst = RoleAssignment.objects.get(site=site, role=Role.ANALYST.value).user
    extract_registry(site=site, by=analyst, at=present() + timedelta(days=days))


if __name__ == "__main__":
    main(int(sys.argv[1]))
