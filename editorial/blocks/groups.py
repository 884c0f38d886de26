"""The groups of blocks in the block picker. Each block names one in its `Meta`."""

from django.utils.translation import gettext_lazy as _

TEXT = _("Text")
FACTS = _("Facts")
MEDIA = _("Pictures and files")
LINKS = _("Links and contacts")
