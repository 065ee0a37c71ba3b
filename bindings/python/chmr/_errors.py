"""What chmr raises. A molecule that cannot be read raises nothing: its row says so."""


class ChmrError(Exception):
    """The base of all of them; raised itself for a defect of the library."""


class ArgumentError(ChmrError, ValueError):
    """An argument makes no sense."""


class MoleculeError(ChmrError, ValueError):
    """A molecule was refused where there are no rows to say so."""


class FileError(ChmrError, OSError):
    """A file cannot be read or written."""


class ModelFileError(ChmrError):
    """Not a model file, a damaged one, or one that asks for a newer version."""


class LimitError(ChmrError):
    """More than there is memory for, or than a bound allows."""
