"""The command line: ``python -m chmr`` is the program ``chmr``."""

import os
import sys


def main() -> None:
    """Becomes the program, which finds the package's model beside it."""
    name = "chmr.exe" if os.name == "nt" else "chmr"
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", name)
    command = [program, *sys.argv[1:]]
    if os.name == "nt":
        # What stands in for exec there returns to the shell at once.
        import subprocess

        sys.exit(subprocess.call(command))
    os.execv(program, command)


if __name__ == "__main__":
    main()
