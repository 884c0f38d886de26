"""Settings for mypy's Django plugin: the development settings, without starting a database."""

import os

os.environ["DATABASE_URL"] = "postgres:///never-opened"

from .dev import *  # noqa: F403
