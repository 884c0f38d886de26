from django.dispatch import Signal

# Sent in the transaction that erases pages and files. The arguments are the lists `pages` and
# `files`, and `urls`: all absolute URLs that showed any of them. Receivers must delete what they
# have stored about these pages, files and URLs.
withdrawn = Signal()

# Sent after a change to a consent record has been committed, with `record`.
consent_changed = Signal()
