"""Content loaded from files: docs/content-files.md says what an author may write.

`reader` reads and checks a folder and writes nothing; `loader` brings it into the database.
"""
