"""Content as files: docs/content-files.md says what an author may write.

`folder` reads and checks a folder and writes nothing; `load` brings it into the database.
"""
