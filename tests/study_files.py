"""Study files for tests: the committed default with one thing changed."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
DEFAULT = ROOT / "config" / "default.yaml"


def changed_default(folder, old, new):
    """A copy of config/default.yaml in ``folder`` with the first ``old`` replaced by ``new``."""
    text = DEFAULT.read_text(encoding="utf-8")
    if old not in text:
        raise ValueError(f"config/default.yaml has no {old!r}: mend the test")
    path = folder / "study.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path
