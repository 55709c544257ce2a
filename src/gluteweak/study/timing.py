"""Timing faults that leave a muscle no time to be active, as far as the walker's own reference gait tells.

A fault is given in ms and refers to the healthy gait: a muscle's own side lands (``s``), its burst ends (``e``), and in
the swing after it there is a first quiet time (``q``); `docs/scenarios.md` defines them. A muscle that starts ``d``
late and ends ``x`` early is silent from ``e - x`` to ``s + d`` of the next cycle, so nothing is left once ``d + x``
reaches ``e - s``.

The solver finds the same on the study's own healthy gait and has the last word (``walking/coordination.py``; a test
holds the two together). Here a study is judged before anything runs, which takes the healthy gait to be the reference
gait: its speed, its stride time, its calibration. Of other gaits nothing is known yet, and nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.parameters import FOOT_CONTACT_THRESHOLD
from gluteweak.storage import read_file
from gluteweak.study.scenario import Timing
from gluteweak.walker_tables import SIDES

FloatArray = NDArray[np.float64]

_NAMES = ("muscle", "muscle_activation", "ground_reaction_bw", "time_s")
#: As in walking/coordination.py: activation above the swing minimum that still is quiet, end of a burst by its peak.
_QUIET_ABOVE_MINIMUM, _END_OF_BURST, _SAMPLES = 0.01, 0.5, 2001
_VERTICAL = 1
_S_TO_MS = 1e3


@dataclass(frozen=True)
class Burst:
    """End of a muscle's burst and its first quiet time of swing, in ms after its foot strike; the stride time in ms."""

    end_ms: float
    quiet_ms: float
    stride_ms: float

    def room_ms(self, timing: Timing) -> float:
        """What the times of a fault must add up to less than."""
        if timing.onset_delay_ms and timing.early_shutoff_ms:
            return self.end_ms
        return self.quiet_ms if timing.onset_delay_ms else self.stride_ms - (self.quiet_ms - self.end_ms)


class Bursts:
    """Bursts of the muscles in a walker's reference gait."""

    def __init__(self, model_dir: Path, calibration: str) -> None:
        """Read the reference gait, if there is one of this calibration.

        Raises
        ------
        InputError
            If its file is broken.
        """
        self._activation: dict[str, FloatArray] = {}
        self._stance: dict[str, tuple[float, float]] = {}
        self._known: dict[str, Burst | None] = {}
        path = model_dir / "reference_gait.h5"
        if not path.is_file():
            return
        values, attributes = read_file(path, _NAMES)
        if attributes.get("calibration") != calibration:
            return  # muscles of another strength have other activations
        self._stride_s = float(attributes["duration_s"])
        self._phase = np.asarray(values["time_s"]) / self._stride_s
        activation = np.asarray(values["muscle_activation"])
        self._activation = {str(name): activation[:, k] for k, name in enumerate(values["muscle"])}
        weight_n = float(attributes["body_mass_kg"]) * float(attributes["gravity_m_s2"])
        vertical_n = np.asarray(values["ground_reaction_bw"])[:, :, _VERTICAL] * weight_n
        for row, side in enumerate(SIDES):
            found = stance(self._phase, vertical_n[:, row], float(FOOT_CONTACT_THRESHOLD.value))
            if found is not None:
                self._stance[side] = found

    def burst(self, muscle: str) -> Burst | None:
        """The burst of a muscle by OpenSim name; None where the reference gait does not tell."""
        if muscle not in self._known:
            side = muscle.rsplit("_", 1)[-1]
            told = muscle in self._activation and side in self._stance
            self._known[muscle] = self._find(self._activation[muscle], *self._stance[side]) if told else None
        return self._known[muscle]

    def _find(self, activation: FloatArray, strike: float, off: float) -> Burst:
        swing = np.linspace(off, strike + 1.0, _SAMPLES)
        low = np.interp(swing, self._phase, activation, period=1.0)
        quiet = float(swing[np.argmax(low <= low.min() + _QUIET_ABOVE_MINIMUM)])
        active = np.linspace(strike, quiet, _SAMPLES)
        height = np.interp(active, self._phase, activation, period=1.0)
        end = float(active[np.flatnonzero(height >= _END_OF_BURST * height.max())[-1]])
        stride_ms = self._stride_s * _S_TO_MS
        return Burst((end - strike) * stride_ms, (quiet - strike) * stride_ms, stride_ms)

    def refuse_silence(self, scenario_id: str, muscles: tuple[str, ...], timing: Timing) -> None:
        """Refuse a fault that leaves one of the muscles no time in which it may be active.

        Raises
        ------
        InputError
            One sentence: which times, which muscle, how long it is active in health, and what would do.
        """
        given = {name: getattr(timing, name) for name in ("onset_delay_ms", "early_shutoff_ms")}
        given = {name: value for name, value in given.items() if value}
        told = {muscle: burst for muscle in muscles if (burst := self.burst(muscle)) is not None}
        if not given or not told:
            return
        muscle, burst = min(told.items(), key=lambda one: one[1].room_ms(timing))
        room_ms = burst.room_ms(timing)
        if sum(given.values()) < room_ms:
            return
        said = " and ".join(f"{name} {value:g}" for name, value in given.items())
        less = f"times that add up to less than {room_ms:.0f} ms" if len(given) > 1 else f"less than {room_ms:.0f} ms"
        raise InputError(
            f"scenario '{scenario_id}': {said} leave {muscle} no time in which it may be active, for in the healthy "
            f"gait its burst ends {burst.end_ms:.0f} ms after foot strike and it is quiet from {burst.quiet_ms:.0f} ms "
            f"on; give {less}, or strength_percent 0 for a muscle that does nothing."
        )


def stance(phase: FloatArray, vertical_n: FloatArray, threshold_n: float) -> tuple[float, float] | None:
    """Foot strike and foot off in cycles, the latter the later; None where a foot does not land exactly once a cycle.

    Parameters
    ----------
    phase, vertical_n : (n_points,)
        Vertical ground reaction of a foot at increasing phases within a cycle.
    """
    loaded = vertical_n > threshold_n
    after = np.roll(loaded, -1)
    strikes, offs = np.flatnonzero(~loaded & after), np.flatnonzero(loaded & ~after)
    if len(strikes) != 1 or len(offs) != 1:
        return None

    def crossing(k: int) -> float:
        n = (k + 1) % len(phase)
        share = (threshold_n - vertical_n[k]) / (vertical_n[n] - vertical_n[k])
        return float(phase[k] + ((phase[n] - phase[k]) % 1.0) * share) % 1.0

    strike, off = crossing(int(strikes[0])), crossing(int(offs[0]))
    return strike, strike + (off - strike) % 1.0
