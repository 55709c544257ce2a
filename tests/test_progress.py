"""The line that a person sees for each finished scenario."""

import json

from gluteweak.progress import scenario_line
from gluteweak.storage import write_file


def test_line(tmp_path):
    write_file(tmp_path / "solution.h5", {}, {"scenario_id": "glmed_r-s050-a", "iterations": 12, "wall_s": 8.149})
    verdict = {"largest_missing_force_pct_bw": 0.1, "largest_missing_moment_pct_bw_m": 0.249, "bound_pct": 0.5}
    (tmp_path / "certificate.json").write_text(json.dumps(verdict), encoding="utf-8")
    assert scenario_line(tmp_path / "solution.h5", tmp_path / "certificate.json") == (
        "glmed_r-s050-a: solved in 12 iterations (8.1 s); OpenSim misses 0.25 % of body weight, bound 0.5 %"
    )
