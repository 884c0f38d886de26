from django.dispatch import Signal

# Sent in the transaction that erases, with `pages` and `files` (lists of what is gone) and `urls`
# (every full address at which some of it could be read). Whoever keeps copies drops them.
withdrawn = Signal()
