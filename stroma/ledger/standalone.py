"""The stand-alone verifier, ``verify_dossier.py`` at the root of the checkout, as a module.

It shares no code with Stroma, so that a fault in one is not a fault in both; this is the one place that
reaches for it.
"""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import stroma

VERIFIER_FILE = Path(stroma.__file__).resolve().parent.parent / "verify_dossier.py"


class NoVerifier(RuntimeError):  # noqa: N818 - named for what happened, as the reader meets it
    """``verify_dossier.py`` is not beside the package."""


@cache
def verifier() -> ModuleType:
    """The module: ``check(data, key, witnesses)``, ``main(arguments)``. Raises NoVerifier."""
    specification = importlib.util.spec_from_file_location("verify_dossier", VERIFIER_FILE)
    if specification is None or specification.loader is None or not VERIFIER_FILE.exists():
        raise NoVerifier(f"{VERIFIER_FILE.name} is not beside the package. Run Stroma from its checkout.")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module
