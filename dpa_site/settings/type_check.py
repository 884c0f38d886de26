"""Settings for mypy's Django plugin: those of development, without starting a database."""

import os

os.environ["DATABASE_URL"] = "postgres:///never-opened"

from .dev import *  # noqa: F403
