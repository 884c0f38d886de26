"""How long personal data is kept, as pages, emails and the staff guide promise.

Templates show these periods with the filter `period` of `dpa_site/templatetags/retention.py`.
"""

from .environment import whole_number

# Confirmed signatures, undelivered webhooks, and contact details of people who sent a story.
PERSONAL_DATA_RETENTION_DAYS = whole_number("PERSONAL_DATA_RETENTION_DAYS", 90, 1, 365)
# How long links to confirm or delete a signature work. After this time, unconfirmed signatures are
# deleted.
CONFIRMATION_LINK_HOURS = whole_number("CONFIRMATION_LINK_HOURS", 48, 1, 168)
if CONFIRMATION_LINK_HOURS > PERSONAL_DATA_RETENTION_DAYS * 24:
    raise SystemExit(
        "CONFIRMATION_LINK_HOURS must not be longer than PERSONAL_DATA_RETENTION_DAYS, after which"
        " everything is deleted."
    )
# At least 2: the newest two backups are always kept, and one is made each night.
BACKUP_RETENTION_DAYS = whole_number("BACKUP_RETENTION_DAYS", 35, 2, 365)
# How long links to drafts work, for the person in a story and for reporters before an embargo ends.
DRAFT_LINK_DAYS = whole_number("DRAFT_LINK_DAYS", 14, 1, 90)
