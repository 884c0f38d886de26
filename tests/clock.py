"""Time passes: what the worker does by itself, once round."""

from django.core.management import call_command

from dpa_site.tasks import SCHEDULE


def one_round() -> None:
    for command in SCHEDULE:
        call_command(command)
