"""Stroma's settings as the tests use them: nothing that the person at the keyboard has set is seen.

Everything is kept below one temporary folder, removed at the end, so that nobody's own database is touched.
The database is SQLite's or, where ``STROMA_DATABASE_URL`` names a server, a test database of its own on that
server.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# The two that choose what is tested; every other STROMA_* setting would make a test depend on who runs it.
KEPT = {"STROMA_DATABASE_URL", "STROMA_REAL_DATA", "STROMA_TESTS_FOLDER"}
for name in [name for name in os.environ if name.startswith("STROMA_") and name not in KEPT]:
    del os.environ[name]

# The run's first process makes the folder; the workers it starts find its name in their environment.
if "STROMA_TESTS_FOLDER" not in os.environ:
    os.environ["STROMA_TESTS_FOLDER"] = tempfile.mkdtemp(prefix="stroma-tests-")
    atexit.register(shutil.rmtree, os.environ["STROMA_TESTS_FOLDER"], ignore_errors=True)
_worker_home = Path(os.environ["STROMA_TESTS_FOLDER"], os.environ.get("PYTEST_XDIST_WORKER", "main"))
_worker_home.mkdir(exist_ok=True)
os.environ["STROMA_HOME"] = str(_worker_home)
# Compiled once for all workers.
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(os.environ["STROMA_TESTS_FOLDER"], "compiled")))

from stroma.config.settings import *  # noqa: E402, F403 - the environment has to be ready first
from stroma.config.settings import DATABASES  # noqa: E402 - named, so that the reader sees what is changed

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: the write-ahead log, the write lock and other connections then behave as in a
    # clinic.
    DATABASES["default"]["TEST"] = {"NAME": str(_worker_home / "test.sqlite3")}

# A deliberately slow hash protects real passwords; tests sign hundreds of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
