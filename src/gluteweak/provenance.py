"""What a result was made from: package versions, checksums and a fingerprint of the source code.

Nothing here imports what it describes: a fingerprint of ``walking`` is cheap and loads no casadi.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path

_PACKAGE = "gluteweak"
_ROOT = Path(__file__).parent
#: What a package consists of: code, the style sheet of figures, and the parts of the report's page.
_SOURCE_SUFFIXES = (".py", ".mplstyle", ".html", ".css", ".js", ".typ", ".yaml")

#: What shapes a result; the lock file has the rest.
NUMERICAL_PACKAGES = ("gluteweak", "casadi", "h5py", "numba", "numpy", "opensim", "scipy")

#: Modules whose source shapes the stored functions of one instant.
FUNCTION_SOURCES = (
    "gluteweak.plant",
    *(
        f"gluteweak.walking.{name}"
        for name in ("band", "contact", "derivatives", "function_file", "muscle", "point", "rigid_body", "tape")
    ),
)
#: Modules whose source shapes a solution of the walking problem.
WALKING_SOURCES = ("gluteweak.walking", "gluteweak.plant", "gluteweak.motion_files", "gluteweak.gait_speed")

#: Modules whose source shapes what is computed from a motion.
OUTCOMES_SOURCES = ("gluteweak.loads", "gluteweak.parameters", "gluteweak.variables")


def package_versions(names: tuple[str, ...] = NUMERICAL_PACKAGES) -> dict[str, str]:
    """Installed version of each distribution; "not installed" where there is none."""
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return versions


def versions_json(names: tuple[str, ...] = NUMERICAL_PACKAGES) -> str:
    """Package versions as the JSON text that files carry in their ``versions`` attribute."""
    return json.dumps(package_versions(names), sort_keys=True)


@cache
def host_class() -> str:
    """What kind of machine this is, without its name: processor, cores, system and Python."""
    return (
        f"{_processor()}, {os.cpu_count()} cores; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def utc_now() -> str:
    """The time, to the second, as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_fingerprint(*modules: str) -> str:
    """SHA-256 over the source files of gluteweak's modules and packages, in hexadecimal.

    Snakemake sees files and parameters, not the code of an installed package; a rule that carries this fingerprint
    runs again when that code changes.

    Parameters
    ----------
    modules
        Dotted names below ``gluteweak``; a package counts with everything in it.

    Raises
    ------
    ValueError
        If no module is named, or one has no source file.
    """
    if not modules:
        raise ValueError("source_fingerprint needs at least one module name")
    digest = hashlib.sha256()
    for source in sorted({source for module in modules for source in _sources(module)}):
        digest.update(f"{source.relative_to(_ROOT).as_posix()}\0{sha256_file(source)}\n".encode())
    return digest.hexdigest()


def _sources(module: str) -> list[Path]:
    package, *parts = module.split(".")
    place = _ROOT.joinpath(*parts)
    if package == _PACKAGE and place.with_suffix(".py").is_file():
        return [place.with_suffix(".py")]
    if package == _PACKAGE and (place / "__init__.py").is_file():
        return sorted(path for path in place.rglob("*") if path.suffix in _SOURCE_SUFFIXES)
    raise ValueError(f"no source file for module '{module}' below {_ROOT}")
