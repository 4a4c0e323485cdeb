"""``python -m stroma``: the command line."""

import sys

from stroma.cli import main

sys.exit(main())
