#!/usr/bin/env python
"""Django's command line. Uses the development settings unless DJANGO_SETTINGS_MODULE is set."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_site.settings.dev")
    execute_from_command_line(sys.argv)
