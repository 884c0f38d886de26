"""Edit forms of objects without versions never undo what somebody else saved meanwhile.

Each edit form sends a digest of what was stored when it was opened. If something else is stored
when the form is sent, it is not saved. It is shown again, with what was entered and what changed.
"""
