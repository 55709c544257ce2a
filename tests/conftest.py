"""Keep opensim and casadi out of each other's processes.

They cannot be imported together, and pytest imports every test file before it looks at markers. So a file that says
``pytestmark = pytest.mark.opensim`` (or ``casadi``) is not even opened unless ``-m`` asks for that marker.
"""

from __future__ import annotations

import os
import re

import pytest
from workflow_run import fresh_checkout, probed, snakemake

_WHOLE_FILE_MARK = re.compile(r"^pytestmark = pytest\.mark\.(opensim|casadi)$", re.MULTILINE)


def pytest_ignore_collect(collection_path, config):
    """True for a file whose marker the ``-m`` expression does not ask for, None where others decide."""
    asked_for = config.option.markexpr
    if collection_path.suffix != ".py" or not asked_for:
        return None
    mark = _WHOLE_FILE_MARK.search(collection_path.read_text(encoding="utf-8"))
    if mark is None or re.search(rf"(?<!not ){mark[1]}", asked_for):
        return None
    return True


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory):
    """Tests, and the processes that they start, share a cache of their own."""
    os.environ["GLUTEWEAK_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A checkout in which the quick study has been run, what the terminal showed, and what the processes did."""
    folder = fresh_checkout(tmp_path_factory.mktemp("finished"))
    threads = tmp_path_factory.mktemp("threads")
    said = snakemake(folder, "--quiet", "host", "progress", "reason", "rules", environment=probed(threads))
    return folder, said, threads
