"""The healthy gait as scenarios need it, also when their strides take longer or shorter than its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gluteweak.plant import PROGRESSION, FloatArray
from gluteweak.walking.problem import Programme
from gluteweak.walking.rigid_body import CARRIED_ORDERS, CARRIED_SIZES
from gluteweak.walking.solution import Prescribed


@dataclass(frozen=True)
class Reference:
    """The healthy gait as scenarios need it; arrays as in ``reference_gait.h5``.

    A programme whose cycle has another duration takes the gait at the same phases: angles, activations, foot placement
    and ground reactions stay, the way along the line of walking grows with the duration (the speed stays), and
    prescribed segments move as much slower or faster.
    """

    values: Mapping[str, Any]
    distance_m: float
    #: Speed that is asked for over that of the gait (during a continuation in speed).
    pace: float = 1.0
    #: Healthy gaits at other speeds (m/s) that were solved in this process; see ``speed``.
    at_other_speeds: dict[float, Reference] = field(default_factory=dict, compare=False, repr=False)

    @property
    def duration_s(self) -> float:
        """Duration of the cycle; the last Radau point is its end."""
        return float(self.values["time_s"][-1])

    @property
    def speed_m_s(self) -> float:
        """Mean walking speed that is asked for."""
        return self.pace * self.distance_m / self.duration_s

    def stretch(self, programme: Programme) -> float:
        """Duration of the programme's cycle over that of the healthy gait's."""
        return programme.transcription.grid.duration_s / self.duration_s

    def distance_for(self, programme: Programme) -> float:
        """Advance in the programme's cycle at the speed that is asked for."""
        return self.distance_m * self._reach(programme)

    def _reach(self, programme: Programme) -> float:
        return self.pace * self.stretch(programme)

    def prescribed(self, programme: Programme) -> Prescribed:
        """Motion of the prescribed coordinates."""
        plant, stretch = programme.transcription.layout.plant, self.stretch(programme)
        held = [plant.coordinate.index(n) for n in plant.prescribed_coordinates]
        value, speed, acceleration = (
            np.asarray(self.values[f"coordinate_{name}"])[:, held] for name in ("value", "speed", "acceleration")
        )
        return value, speed / stretch, acceleration / stretch**2

    def free_value(self, programme: Programme) -> FloatArray:
        """(n_points, n_free) values of the free coordinates."""
        layout = programme.transcription.layout
        value = np.array(self.values["coordinate_value"])[:, layout.free]
        value[:, layout.plant.free_coordinates.index(PROGRESSION)] *= self._reach(programme)
        return value

    def parameters(self, programme: Programme) -> FloatArray:
        """(n_points, n_parameters) that the healthy gait was found with."""
        layout, stretch = programme.transcription.layout, self.stretch(programme)
        table = np.array(self.values["healthy_parameter"])
        where = layout.parameters
        way = where["value_reference"].start + layout.plant.free_coordinates.index(PROGRESSION)
        table[:, way] *= self._reach(programme)
        orders = np.tile(np.repeat(CARRIED_ORDERS, CARRIED_SIZES), len(layout.carriers))
        table[:, where["carried"]] /= stretch**orders
        return table
