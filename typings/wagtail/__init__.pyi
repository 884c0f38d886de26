VERSION: tuple[int, int, int, str, int]
__version__: str
