"""Loads content from files; docs/content-files.md describes the format.

`reader` reads and checks a folder and writes nothing; `loader` saves it to the database.
"""
