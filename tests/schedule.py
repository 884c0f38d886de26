from django.core.management import call_command

from dpa_site.tasks import SCHEDULE


def run_schedule() -> None:
    """Run each scheduled command once."""
    for commands in SCHEDULE.values():
        for command in commands:
            call_command(command)
