"""Messages of Wagtail that editors see every day, and that its Spanish lacks or says formally.

Nothing imports this. `python -m dpa_site.devtools.messages collect` finds the messages here, so
that our catalog can translate them: Django prefers it to Wagtail's.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

MESSAGES = (
    gettext_noop("A network error occurred"),
    gettext_noop("Autosave is <span>paused</span>"),
    gettext_noop("Autosave is paused"),
    gettext_noop("Drag and drop images into this area to upload immediately."),
    gettext_noop("Filter by"),
    gettext_noop("First published"),
    gettext_noop("Go to the first error"),
    gettext_noop("Or choose from your computer"),
    gettext_noop(
        "Please provide an image description to comply with best practices for accessibility."
    ),
    gettext_noop("Save your changes before leaving"),
    gettext_noop("Saved"),
    gettext_noop("Schedule to publish"),
    gettext_noop("Scheduling…"),
    gettext_noop("Search all pages…"),
    gettext_noop("Search…"),
    gettext_noop("Show filters"),
    gettext_noop("The page could not be created due to validation errors."),
    gettext_noop("The page could not be saved as it is locked."),
    gettext_noop("The page could not be saved due to validation errors."),
    gettext_noop(
        'This publishing schedule will only take effect after you select the "Schedule to publish" '
        "option"
    ),
    gettext_noop(
        "Upload successful. Please update this image with a more appropriate title, if necessary. "
        "You may also delete the image completely if the upload wasn't required."
    ),
    ngettext_lazy(
        '%(total)s Document <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Documents <span class="w-sr-only">created in %(site_name)s</span>',
    ),
    ngettext_lazy(
        '%(total)s Image <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Images <span class="w-sr-only">created in %(site_name)s</span>',
    ),
    ngettext_lazy(
        '%(total)s Page <span class="w-sr-only">created in %(site_name)s</span>',
        '%(total)s Pages <span class="w-sr-only">created in %(site_name)s</span>',
    ),
)
