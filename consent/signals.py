from django.dispatch import Signal

# Sent in the erasing transaction, with `pages` and `files` (lists of what is erased) and `urls`
# (all absolute URLs that showed any of it). Receivers must delete their copies.
withdrawn = Signal()

# Sent after a change to a consent record has been committed, with `record`.
consent_changed = Signal()
