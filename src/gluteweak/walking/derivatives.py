"""Values and derivatives of the whole problem from the tapes of single instants, as dense blocks of points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gluteweak.plant import FloatArray, IntArray
from gluteweak.walking.point import WEIGHTS
from gluteweak.walking.staged_kkt import PointBlocks
from gluteweak.walking.tape import Tape, record
from gluteweak.walking.transcription import Transcription


@dataclass(frozen=True)
class RecordedFunction:
    """A tape and where the nonzeros of its last output stand in a dense matrix."""

    tape: Tape
    rows: IntArray
    columns: IntArray


#: Functions of ``point.point_functions`` that the interior point and the solution files need.
RECORDED = ("residual", "jacobian", "cost", "gradient", "hessian", "report")


def record_all(point: Mapping[str, Any]) -> dict[str, RecordedFunction]:
    """Record the functions of one instant."""
    recorded = {}
    for name in RECORDED:
        if name not in point:
            continue
        sparsity = point[name].sparsity_out(point[name].n_out() - 1)
        columns = np.repeat(np.arange(sparsity.size2()), np.diff(sparsity.colind()))
        recorded[name] = RecordedFunction(record(point[name]), np.array(sparsity.row(), dtype=np.int64), columns)
    return recorded


@dataclass(frozen=True)
class FirstOrder:
    """Objective, its gradient (n_points, n_point), residual (n_points, n_free) and dense Jacobian blocks."""

    objective: float
    gradient: FloatArray
    residual: FloatArray
    jacobian: FloatArray


@dataclass(frozen=True)
class Derivatives:
    """Problem functions for any parameters."""

    transcription: Transcription
    recorded: Mapping[str, RecordedFunction]

    def bind(self, parameters: FloatArray) -> BoundDerivatives:
        """Functions at fixed (n_points, n_parameters) parameters."""
        return BoundDerivatives(self, np.ascontiguousarray(parameters.T))

    @cached_property
    def transposed_expansion(self) -> Any:
        """``E'`` of the transcription."""
        return self.transcription.expansion.T.tocsr()


@dataclass(frozen=True)
class BoundDerivatives:
    """Problem functions at fixed parameters; all take ``w`` as (n_points, n_point)."""

    source: Derivatives
    parameters: FloatArray

    @property
    def _tr(self) -> Transcription:
        return self.source.transcription

    @cached_property
    def rate_weight(self) -> float:
        """Weight of the mean square activation rate."""
        return float(self.parameters[self._tr.layout.parameters["weights"].start + WEIGHTS.index("activation_rate"), 0])

    @cached_property
    def _rate(self) -> Any:
        return (self.rate_weight * self._tr.weighted_activation_rate).tocsr()

    def _local(self, w: FloatArray) -> FloatArray:
        """(n_variables, n_points) variables of all instants."""
        local: FloatArray = (self._tr.expansion @ w.ravel()).reshape(self._tr.grid.n_points, -1).T
        return local

    def _global(self, local: FloatArray) -> FloatArray:
        """Sum (n_points, n_variables) contributions of instants into the unknowns."""
        total: FloatArray = (self.source.transposed_expansion @ local.ravel()).reshape(-1, self._tr.n_point)
        return total

    def _run(self, name: str, *inputs: FloatArray) -> FloatArray:
        return self.source.recorded[name].tape(np.concatenate(inputs))

    def values(self, w: FloatArray) -> tuple[float, FloatArray]:
        """Objective and residual of the equations of motion."""
        local = self._local(w)
        cost = self._run("cost", local, self.parameters)[0]
        residual = self._run("residual", local, self.parameters)
        flat = w.ravel()
        return float(self._tr.grid.quadrature @ cost + flat @ (self._rate @ flat) / 2), residual.T

    def first(self, w: FloatArray) -> FirstOrder:
        """Objective, gradient, residual and Jacobian blocks (n_points, n_free, n_variables)."""
        tr, local = self._tr, self._local(w)
        n_points = tr.grid.n_points
        out = self._run("gradient", local, self.parameters)
        flat = w.ravel()
        smooth = self._rate @ flat
        dense = np.zeros((n_points, tr.layout.n_variables))
        gradient = self.source.recorded["gradient"]
        dense[:, gradient.rows] = out[1:].T * tr.grid.quadrature[:, None]
        values = self._run("jacobian", local, self.parameters)
        n_free = tr.layout.n_free
        entries = self.source.recorded["jacobian"]
        jacobian = np.zeros((n_points, n_free, tr.layout.n_variables))
        jacobian[:, entries.rows, entries.columns] = values[n_free:].T
        return FirstOrder(
            float(tr.grid.quadrature @ out[0] + flat @ smooth / 2),
            self._global(dense) + smooth.reshape(-1, tr.n_point),
            values[:n_free].T,
            jacobian,
        )

    def second(self, w: FloatArray, multiplier: FloatArray, jacobian: FloatArray) -> PointBlocks:
        """Hessian of the Lagrangian and Jacobian as dense blocks."""
        tr = self._tr
        var = tr.layout.variables
        values = self._run("hessian", self._local(w), self.parameters, multiplier.T, tr.grid.quadrature[None, :])
        entries = self.source.recorded["hessian"]
        full = np.zeros((tr.grid.n_points, tr.layout.n_variables, tr.layout.n_variables))
        full[:, entries.rows, entries.columns] = values.T
        m = slice(0, var["acceleration"].stop)
        mm = full[:, m, m]
        upper = np.triu(np.ones(mm.shape[1:], dtype=bool), 1)
        mm = mm + np.where(upper, mm, 0.0).transpose(0, 2, 1)
        return PointBlocks(
            mm,
            full[:, m, var["activation"]],
            np.diagonal(full[:, var["activation"], var["activation"]], axis1=1, axis2=2),
            np.diagonal(full[:, var["control"], var["control"]], axis1=1, axis2=2),
            jacobian[:, :, m],
            jacobian[:, :, var["activation"]],
            jacobian[:, :, var["control"]],
        )

    def times(self, jacobian: FloatArray, step: FloatArray) -> FloatArray:
        """Jacobian of the equations of motion times a step."""
        return np.asarray(np.einsum("nrv,vn->nr", jacobian, self._local(step)))

    def transposed(self, jacobian: FloatArray, multiplier: FloatArray) -> FloatArray:
        """Transposed Jacobian of the equations of motion times multipliers."""
        return self._global(np.einsum("nrv,nr->nv", jacobian, multiplier))

    def hessian_times(self, blocks: PointBlocks, step: FloatArray) -> FloatArray:
        """Hessian of the Lagrangian (activation-rate cost included) times a step."""
        tr = self._tr
        var = tr.layout.variables
        local = self._local(step).T
        m, a = local[:, : var["acceleration"].stop], local[:, var["activation"]]
        product = np.zeros_like(local)
        product[:, : m.shape[1]] = np.einsum("nij,nj->ni", blocks.hessian_mm, m)
        product[:, : m.shape[1]] += np.einsum("nia,na->ni", blocks.hessian_ma, a)
        product[:, var["activation"]] = blocks.hessian_a * a + np.einsum("nia,ni->na", blocks.hessian_ma, m)
        product[:, var["control"]] = blocks.hessian_c * local[:, var["control"]]
        smooth: FloatArray = (self._rate @ step.ravel()).reshape(step.shape)
        return self._global(product) + smooth
