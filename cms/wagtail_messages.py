"""Messages that editors see often. Wagtail and Django do not translate them well into Spanish.

Nothing imports this module. `python -m dpa_site.devtools.messages collect` finds the messages
here, so that our catalogs can translate them. Django prefers our catalogs to those of Wagtail and
Django.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

MESSAGES = (
    # Also in locale/en: Wagtail says “moderation” where the rest of the CMS says “approval”.
    gettext_noop("In Moderation"),
    gettext_noop("No pages/snippets have been submitted for moderation yet"),
    gettext_noop("Page '%(page_title)s' created and submitted for moderation."),
    gettext_noop("Page '%(page_title)s' has been submitted for moderation."),
    gettext_noop("Submit for moderation"),
    gettext_noop(
        "The page '%(page_title)s' is not currently awaiting moderation in task '%(task_name)s'."
    ),
    gettext_noop("The page '%(page_title)s' is not currently awaiting moderation."),
    gettext_noop("This page hasn't been submitted for moderation yet"),
    # Only in other languages.
    gettext_noop("System default"),
    gettext_noop("Use server time zone"),
    gettext_noop("Enter the same password as before, for verification."),
    gettext_noop("Your password can’t be too similar to your other personal information."),
    gettext_noop("Your password can’t be a commonly used password."),
    gettext_noop("Your password can’t be entirely numeric."),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
    ),
    gettext_noop("A network error occurred"),
    gettext_noop("Add images"),
    gettext_noop("Autosave is <span>paused</span>"),
    gettext_noop("Autosave is paused"),
    gettext_noop("Drag and drop images into this area to upload immediately."),
    gettext_noop("Filter by"),
    gettext_noop("First published"),
    gettext_noop("Go to the first error"),
    gettext_noop("Toggle checks"),
    gettext_noop("Image is decorative"),
    gettext_noop("live"),
    gettext_noop("Live"),
    gettext_noop("live + draft"),
    gettext_noop("live + scheduled"),
    gettext_noop("Locking: "),
    gettext_noop(
        'Multi-word tags with spaces will automatically be enclosed in double quotes (").'
    ),
    gettext_noop("New: %(model_name)s"),
    gettext_noop("Not a supported image format. Supported formats: %(supported_formats)s."),
    gettext_noop("Or choose from your computer"),
    gettext_noop(
        "Recommended. Permanent redirects ensure search engines forget the old page (the 'Redirect "
        "from') and index the new page instead."
    ),
    gettext_noop("redirect"),
    gettext_noop("Redirects"),
    gettext_noop("Remove focal area"),
    gettext_noop("Save your changes before leaving"),
    gettext_noop("Saved"),
    gettext_noop("Schedule to publish"),
    gettext_noop("Scheduling…"),
    gettext_noop("Search all pages…"),
    gettext_noop("Search…"),
    gettext_noop("Settings"),
    gettext_noop("Show filters"),
    gettext_noop("Sorry, upload failed."),
    gettext_noop(
        "Supported formats: %(supported_formats)s. Maximum filesize: %(max_upload_size)s."
    ),
    gettext_noop("There are validation errors, click save to highlight them."),
    gettext_noop("The image could not be saved due to errors."),
    gettext_noop("The page could not be created due to validation errors."),
    gettext_noop("The page could not be saved as it is locked."),
    gettext_noop("The page could not be saved due to validation errors."),
    gettext_noop("The redirect could not be created due to errors."),
    gettext_noop("The redirect could not be saved due to errors."),
    gettext_noop(
        'This publishing schedule will only take effect after you select the "Schedule to publish" '
        "option"
    ),
    gettext_noop("To define this image's most important region, drag a box over the image above."),
    gettext_noop(
        "Upload successful. Please update this image with a more appropriate title, if necessary. "
        "You may also delete the image completely if the upload wasn't required."
    ),
    ngettext_lazy("Referenced %(count)s time", "Referenced %(count)s times"),
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
