"""Packs the wheel: the package's Python, the extension, the command line and the model.

Not maturin: it compiles the extension by itself, with other features of shared crates than the library, its tests and its
programs, so that most of them would be compiled twice; and it has no place for a program beside an extension. `cargo xtask python` calls
this with what it built.
"""

import argparse
import base64
import hashlib
import pathlib
import zipfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent

METADATA = """\
Metadata-Version: 2.4
Name: chmr
Version: {version}
Summary: An embeddable molecular-property engine: ADME, toxicity, bioactivity, cell-based assays
License-Expression: MIT OR Apache-2.0
License-File: LICENSE-APACHE
License-File: LICENSE-MIT
License-File: NOTICE
Keywords: chemistry,cheminformatics,ADME,toxicity,QSAR,SMILES
Classifier: Intended Audience :: Science/Research
Classifier: Programming Language :: Python :: 3
Classifier: Programming Language :: Rust
Classifier: Topic :: Scientific/Engineering :: Chemistry
Classifier: Typing :: Typed
Requires-Python: >=3.10
Provides-Extra: frames
Requires-Dist: numpy; extra == "frames"
Requires-Dist: pandas>=2; extra == "frames"
Requires-Dist: polars>=1.3; extra == "frames"
Requires-Dist: pyarrow>=14; extra == "frames"
Provides-Extra: sklearn
Requires-Dist: scikit-learn>=1.6; extra == "sklearn"
Provides-Extra: rdkit
Requires-Dist: rdkit; extra == "rdkit"
Provides-Extra: progress
Requires-Dist: tqdm; extra == "progress"
Description-Content-Type: text/markdown

"""

WHEEL = """\
Wheel-Version: 1.0
Generator: chmr
Root-Is-Purelib: false
Tag: cp310-abi3-{platform}
"""

ENTRY_POINTS = """\
[console_scripts]
chmr = chmr.__main__:main
"""


class Wheel:
    """A wheel that is being written."""

    def __init__(self, path: pathlib.Path, info: str) -> None:
        self.archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self.info = info
        self.record: list[str] = []

    def add(self, name: str, content: bytes, mode: int = 0o644) -> None:
        # One time for all, so that the same content is the same wheel.
        entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
        entry.external_attr = (0o100000 | mode) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        self.archive.writestr(entry, content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(content)}")

    def finish(self) -> None:
        name = f"{self.info}/RECORD"
        self.record.append(f"{name},,")
        self.archive.writestr(name, "\n".join(self.record) + "\n")
        self.archive.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("extension", "program", "model", "out"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    for name in ("version", "platform"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()

    info = f"chmr-{options.version}.dist-info"
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"chmr-{options.version}-cp310-abi3-{options.platform}.whl"
    unfinished = path.with_suffix(".part")
    wheel = Wheel(unfinished, info)
    for file in sorted((HERE / "chmr").iterdir()):
        if file.suffix in (".py", ".pyi", ".typed") or file.name == "py.typed":
            wheel.add(f"chmr/{file.name}", file.read_bytes())
    windows = options.platform.startswith("win")
    extension = "_chmr.pyd" if windows else "_chmr.abi3.so"
    wheel.add(f"chmr/{extension}", options.extension.read_bytes(), 0o755)
    wheel.add("chmr/bin/chmr" + (".exe" if windows else ""), options.program.read_bytes(), 0o755)
    wheel.add("chmr/models/default.chmr", options.model.read_bytes())
    for licence in ("LICENSE-APACHE", "LICENSE-MIT", "NOTICE"):
        wheel.add(f"{info}/licenses/{licence}", (ROOT / licence).read_bytes())
    metadata = METADATA.format(version=options.version) + (HERE / "README.md").read_text("utf-8")
    wheel.add(f"{info}/METADATA", metadata.encode())
    wheel.add(f"{info}/WHEEL", WHEEL.format(platform=options.platform).encode())
    wheel.add(f"{info}/entry_points.txt", ENTRY_POINTS.encode())
    wheel.finish()
    unfinished.replace(path)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
