"""Are the results of a study valid? Never: do they please.

``check_results`` runs after every sweep and fails it when a result cannot be trusted. That a weaker muscle should drop
the pelvis further is what a study is to find out, so nothing of that kind is tested here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gluteweak.errors import SolveError
from gluteweak.failures import failed_in, failures
from gluteweak.nested import rises
from gluteweak.parameters import CERTIFICATE_ACTIVATION_SLACK, ZIGZAG_FLOOR, ZIGZAG_LARGEST_SHARE
from gluteweak.storage import atomic_path, read_file, read_study
from gluteweak.study import Scenario, Study
from gluteweak.zigzag import zigzag

#: All that is checked of a sweep, which as a whole may be larger than memory.
_SWEEP_NAMES = ("scenario_id", "strength_fraction", "solved", "certified")
_SOLUTION_NAMES = (
    *("muscle", "muscle_activation", "muscle_strength_fraction", "quadrature_weight"),
    *("coordinate", "coordinate_acceleration", "time_s"),
)


def check_results(study: Study, scenarios_dir: Path, sweep: Path, out: Path) -> None:
    """Check every scenario and the sweep; write a report when all is well.

    Parameters
    ----------
    study
        The study that the results claim to answer.
    scenarios_dir
        Folder with one folder for each scenario.
    sweep
        ``sweep.h5`` of the study.
    out
        Report to write: one line for each scenario.

    Raises
    ------
    InputError
        If a file is missing or broken, or holds NaN.
    SolveError
        If a result is not valid; the message has every reason.
    """
    problems: list[str] = []
    lines: list[str] = []
    costs: dict[str, float] = {}
    values, attributes = read_file(sweep, _SWEEP_NAMES)
    failed = failed_in(attributes)
    if failed:
        problems.append(failures(failed, len(study.scenarios())))
    kept = tuple(scenario for scenario in study.scenarios() if scenario.scenario_id not in failed)
    problems += _sweep_problems(study, kept, values, read_study(sweep))
    for scenario in kept:
        folder = scenarios_dir / scenario.scenario_id
        values, attributes = read_file(folder / "solution.h5", _SOLUTION_NAMES)
        verdict = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
        found = [
            *_solution_problems(scenario, values, attributes),
            *_certificate_problems(verdict, study.certificate.largest_missing_pct),
        ]
        problems += [f"{scenario.scenario_id}: {problem}" for problem in found]
        costs[scenario.scenario_id] = float(attributes["objective"])
        lines.append(f"{scenario.scenario_id}: valid; {attributes.get('arrivals', 'one arrival')}")
    problems += _cost_problems(kept, costs)
    if problems:
        raise SolveError(f"{len(problems)} checks of the results in {scenarios_dir} failed: {'; '.join(problems)}.")
    with atomic_path(out) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _solution_problems(scenario: Scenario, values: dict[str, Any], attributes: dict[str, Any]) -> Iterator[str]:
    if int(attributes["converged"]) != 1:
        yield "the solver did not converge"
    if attributes["scenario_id"] != scenario.scenario_id:
        yield f"solution.h5 is of scenario {attributes['scenario_id']}"
    due = np.array([scenario.muscle_strength.get(muscle, 1.0) for muscle in values["muscle"]])
    if not np.allclose(values["muscle_strength_fraction"], due, rtol=0, atol=1e-12):
        yield "muscle strengths are not those of the study"
    activation, slack = values["muscle_activation"], CERTIFICATE_ACTIVATION_SLACK.value
    if activation.min() < -slack or activation.max() > 1 + slack:
        yield f"activations reach from {activation.min():.3g} to {activation.max():.3g}, due is 0 to 1"
    for i, muscle in enumerate(values["muscle"]):
        timing = scenario.coordination.get(str(muscle))
        if timing is not None and activation[:, i].max() > timing.activation_ceiling + slack:
            yield f"{muscle} reaches {activation[:, i].max():.3g}, above its ceiling of {timing.activation_ceiling:g}"
    if not np.isclose(values["quadrature_weight"].sum(), 1.0, rtol=0, atol=1e-9):
        yield "quadrature weights do not sum to 1"
    yield from _zigzag_problems(values, int(attributes["degree"]))


def _zigzag_problems(values: dict[str, Any], degree: int) -> Iterator[str]:
    """Accelerations that jump to and fro between the points of an interval: OpenSim, asked at each, confirms them."""
    rms, share = zigzag(
        values["time_s"], values["quadrature_weight"], np.asarray(values["coordinate_acceleration"]), degree
    )
    share = np.where(rms > ZIGZAG_FLOOR.value, share, 0.0)
    worst = int(np.argmax(share))
    if not share[worst] <= ZIGZAG_LARGEST_SHARE.value:
        yield (
            f"the acceleration of {values['coordinate'][worst]} jumps to and fro inside mesh intervals by "
            f"{rms[worst]:.3g} rad/s^2 or m/s^2 RMS, {share[worst]:.0%} of its mean square (bound "
            f"{ZIGZAG_LARGEST_SHARE.value:.0%}): use more intervals"
        )


def _certificate_problems(verdict: dict[str, Any], bound_pct: float) -> Iterator[str]:
    if verdict["certified"] is not True:
        yield "OpenSim does not certify it"
    for name in ("largest_missing_force_pct_bw", "largest_missing_moment_pct_bw_m"):
        # Not `>`: NaN, which JSON carries as null, is no certificate either.
        if verdict[name] is None or not verdict[name] <= bound_pct:
            yield f"{name} is {verdict[name]}, bound {bound_pct:g} %"


def _sweep_problems(
    study: Study, kept: Sequence[Scenario], values: dict[str, Any], answered: dict[str, Any]
) -> Iterator[str]:
    strengths = {scenario.scenario_id: scenario.strength_fraction for scenario in kept}
    # In any order: a sweep that has grown has its new scenarios at the end.
    if sorted(values["scenario_id"]) != sorted(strengths):
        yield "sweep.h5 does not hold the scenarios of the study"
        return
    if answered != study.model_dump(mode="json"):
        yield "sweep.h5 was made for another version of the study"
    strength = [strengths[name] for name in values["scenario_id"]]
    if not np.allclose(values["strength_fraction"], strength, rtol=0, atol=1e-12):
        yield "strengths in sweep.h5 are not those of the study"
    for name in ("solved", "certified"):
        if not np.all(np.asarray(values[name]) == 1):
            yield f"not every scenario in sweep.h5 is {name}"


def _cost_problems(kept: Sequence[Scenario], costs: dict[str, float]) -> Iterator[str]:
    for rise in rises((scenario.model_dump(mode="json") for scenario in kept), costs):
        yield (
            f"the optimal cost rises with strength from {rise.weaker_cost:.6g} ({rise.weaker}) to "
            f"{rise.stronger_cost:.6g} ({rise.stronger}): one of them is a bad local minimum"
        )
