"""For mypy, whose Django plugin loads the settings: development's, without starting a database."""

import os

os.environ["DATABASE_URL"] = "postgres:///never-opened"

from .dev import *  # noqa: F403
