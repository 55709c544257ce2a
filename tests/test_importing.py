"""What becomes of an import that cannot be trusted: refused with its report, or taken with its doubt."""

from __future__ import annotations

import json

import pytest

from gluteweak import importing
from gluteweak.errors import InputError, SolveError

DOUBT = "1 muscle works at its limit (activation above 0.95) for more than 10 % of the cycle: ehl_r 44 %"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """An empty checkout; conversion, tracking and certificate leave one file and a doubtful report."""
    monkeypatch.chdir(tmp_path)

    def make(order, folder, _work):
        (folder / "reference_gait.h5").write_text("gait")
        (folder / "import.json").write_text("{}")
        return {
            "name": order.name,
            "mass_kg": 70.0,
            "muscles": 2,
            "speed_m_s": 1.2,
            "stride_s": 1.1,
            "iterations": 40,
            "solver_wall_s": 10.0,
            "tracking_rms_deg": {},
            "ground_reaction": {},
            "ground_reaction_source": "measured and tracked",
            "patellofemoral_load": "none",
            "certificate": {"force_pct_bw": 0.1, "moment_pct_bw_m": 0.1, "objections": []},
            "saturated_share": {"ehl_r": 0.44},
            "notes": {},
            "doubts": [DOUBT],
        }

    monkeypatch.setattr(importing, "_make", make)
    monkeypatch.setattr(importing, "_run_stage", lambda *_: None)
    return tmp_path


def order(*, accept=False, overwrite=False):
    return importing.Order("x", "convert", {}, accept, overwrite)


def test_a_doubtful_import_is_refused_with_its_report(made):
    with pytest.raises(SolveError, match="not to be trusted: 1 muscle works at its limit") as told:
        importing.run(order())
    assert "ehl_r 44 %" in str(told.value)
    assert "--accept" in str(told.value)
    assert "results/import/x/import_report.txt" in str(told.value)
    assert not (made / "models").exists()
    kept = made / "results/import/x"
    assert DOUBT in (kept / "import_report.txt").read_text()
    assert json.loads((kept / "import_report.json").read_text())["doubts"] == [DOUBT]


def test_accept_takes_it_and_keeps_the_doubt(made):
    told = importing.run(order(accept=True))
    assert "NOT TO BE TRUSTED AS IT IS" in told
    assert DOUBT in (made / "models/x/import_report.txt").read_text()
    assert {p.name for p in (made / "models").iterdir()} == {"x"}, "working files stay behind"
    assert not (made / "models/x/import.json").exists()


def test_a_walker_is_replaced_only_when_told_to(made):
    importing.run(order(accept=True))
    with pytest.raises(InputError, match="There is a walker models/x already"):
        importing.run(order(accept=True))
    importing.run(order(accept=True, overwrite=True))
    with pytest.raises(SolveError):
        importing.run(order(overwrite=True))
    assert (made / "models/x/reference_gait.h5").exists(), "a refused import takes the old walker away"
