"""Output of compiled code goes to the log, a job's own words to the terminal."""

import subprocess
import sys

SCRIPT = """
import os, sys
from pathlib import Path
from gluteweak.job_log import output_to
with output_to(Path(sys.argv[1])) as terminal:
    print("from Python")
    os.write(1, b"from a library, past Python\\n")
    os.write(2, b"library warning\\n")
    terminal.out.write("finished\\n")
print("after")
"""


def test_who_sees_what(tmp_path):
    log = tmp_path / "deep" / "job.log"
    result = subprocess.run([sys.executable, "-c", SCRIPT, log], capture_output=True, text=True, check=True)
    assert result.stdout == "finished\nafter\n"
    assert result.stderr == ""
    lines = log.read_text(encoding="utf-8").splitlines()
    assert sorted(lines) == ["from Python", "from a library, past Python", "library warning"]
