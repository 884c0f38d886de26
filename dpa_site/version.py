"""The version of the site, from pyproject.toml."""

import tomllib

from django.conf import settings

_project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text("utf-8"))["project"]
VERSION: str = _project["version"]
