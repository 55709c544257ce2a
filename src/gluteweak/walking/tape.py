"""Straight-line evaluation of CasADi SX functions at many points at once.

CasADi's virtual machine runs one instruction at one point at a time and spends most of its time on dispatch. Here the
same instructions run over a row of points (lanes), so that dispatch is paid once a row and arithmetic uses the
processor's vector units; results are those of CasADi to round-off (tested), several times faster on one core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import casadi as ca
import numba
import numpy as np
from numpy.typing import NDArray

from gluteweak.plant import FloatArray

#: Instruction arrays are short integers: half a million instructions stay within the cache.
IntArray = NDArray[np.int32]

#: Points that are evaluated together: dispatch is paid once for so many, while the work rows still fit the cache.
LANES = 56

_COPY, _CONST, _INPUT, _OUTPUT, _MUL, _ADD, _SUB, _DIV, _TWICE, _SQ, _NEG, _SQRT, _EXP, _LOG, _POW = range(15)
_SIN, _COS, _TANH, _FABS, _SIGN, _INV = range(15, 21)

_OPERATION = {
    ca.OP_ASSIGN: _COPY,
    ca.OP_CONST: _CONST,
    ca.OP_INPUT: _INPUT,
    ca.OP_OUTPUT: _OUTPUT,
    ca.OP_MUL: _MUL,
    ca.OP_ADD: _ADD,
    ca.OP_SUB: _SUB,
    ca.OP_DIV: _DIV,
    ca.OP_TWICE: _TWICE,
    ca.OP_SQ: _SQ,
    ca.OP_NEG: _NEG,
    ca.OP_SQRT: _SQRT,
    ca.OP_EXP: _EXP,
    ca.OP_LOG: _LOG,
    ca.OP_POW: _POW,
    ca.OP_CONSTPOW: _POW,
    ca.OP_SIN: _SIN,
    ca.OP_COS: _COS,
    ca.OP_TANH: _TANH,
    ca.OP_FABS: _FABS,
    ca.OP_SIGN: _SIGN,
    ca.OP_INV: _INV,
}


@dataclass(frozen=True)
class Tape:
    """Instructions of one function; inputs and outputs are numbered through all arguments and nonzeros.

    ``operation``, ``first``, ``second``, ``target`` are (n_instructions,); ``constant`` holds the constants.
    """

    operation: IntArray
    first: IntArray
    second: IntArray
    target: IntArray
    constant: FloatArray
    n_work: int
    n_inputs: int
    n_outputs: int

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """(n_outputs, n_points) values of all output nonzeros for (n_inputs, n_points) inputs."""
        inputs = np.ascontiguousarray(inputs)
        if inputs.ndim != 2 or inputs.shape[0] != self.n_inputs:
            raise ValueError(f"inputs have shape {inputs.shape}, the function takes {self.n_inputs} numbers a point")
        out = np.empty((self.n_outputs, inputs.shape[1]))
        work = np.empty((self.n_work, LANES))
        _run(self.operation, self.first, self.second, self.target, self.constant, work, inputs, out)
        return out


def record(function: Any) -> Tape:
    """The instructions of a CasADi SX function.

    Raises
    ------
    ValueError
        If it uses an operation that is not known here.
    """
    n = function.n_instructions()
    code = [function.instruction_id(i) for i in range(n)]
    unknown = {c for c in code if c not in _OPERATION}
    if unknown:
        raise ValueError(f"{function.name()} uses CasADi operations {sorted(unknown)} that the tape does not know")
    input_start = np.cumsum([0, *(function.nnz_in(i) for i in range(function.n_in()))])
    output_start = np.cumsum([0, *(function.nnz_out(i) for i in range(function.n_out()))])
    operation, first, second, target = (np.zeros(n, np.int32) for _ in range(4))
    constants: list[float] = []
    for i, c in enumerate(code):
        operation[i] = _OPERATION[c]
        if c == ca.OP_CONST:
            first[i], target[i] = len(constants), function.instruction_output(i)[0]
            constants.append(function.instruction_constant(i))
        elif c == ca.OP_INPUT:
            argument, nonzero = function.instruction_input(i)
            first[i], target[i] = input_start[argument] + nonzero, function.instruction_output(i)[0]
        elif c == ca.OP_OUTPUT:
            result, nonzero = function.instruction_output(i)
            first[i], target[i] = function.instruction_input(i)[0], output_start[result] + nonzero
        else:
            arguments = function.instruction_input(i)
            first[i], second[i] = arguments[0], arguments[-1]
            target[i] = function.instruction_output(i)[0]
    return Tape(
        operation,
        first,
        second,
        target,
        np.array(constants),
        function.sz_w(),
        int(input_start[-1]),
        int(output_start[-1]),
    )


def compile_kernel() -> None:
    """Compile the virtual machine and keep it beside its source, before processes that run at once all need it."""
    none, nothing = np.empty(0, np.int32), np.empty(0)
    Tape(none, none, none, none, nothing, 1, 0, 0)(np.empty((0, 1)))


# Kept on disk, unlike other kernels: it calls none of them, so it cannot keep an old version of one, and compiling it
# takes longer than a warm solve.
@numba.njit(cache=True, error_model="numpy")
def _run(  # noqa: PLR0912, C901 - one branch an operation is what a virtual machine is
    operation: IntArray,
    first: IntArray,
    second: IntArray,
    target: IntArray,
    constant: FloatArray,
    work: FloatArray,
    inputs: FloatArray,
    out: FloatArray,
) -> None:
    """Run the instructions over all points, LANES at a time; surplus lanes repeat the last point."""
    n_points = inputs.shape[1]
    row = np.empty(LANES)
    for start in range(0, n_points, LANES):
        for i in range(operation.shape[0]):
            op, a, b, t = operation[i], first[i], second[i], target[i]
            # A local row keeps the compiler from fearing that target and operands overlap.
            if op == _MUL:
                for k in range(LANES):
                    row[k] = work[a, k] * work[b, k]
            elif op == _ADD:
                for k in range(LANES):
                    row[k] = work[a, k] + work[b, k]
            elif op == _SUB:
                for k in range(LANES):
                    row[k] = work[a, k] - work[b, k]
            elif op == _DIV:
                for k in range(LANES):
                    row[k] = work[a, k] / work[b, k]
            elif op == _TWICE:
                for k in range(LANES):
                    row[k] = 2.0 * work[a, k]
            elif op == _SQ:
                for k in range(LANES):
                    row[k] = work[a, k] * work[a, k]
            elif op == _NEG:
                for k in range(LANES):
                    row[k] = -work[a, k]
            elif op == _INPUT:
                for k in range(LANES):
                    row[k] = inputs[a, min(start + k, n_points - 1)]
            elif op == _OUTPUT:
                for k in range(min(LANES, n_points - start)):
                    out[t, start + k] = work[a, k]
                continue
            elif op == _CONST:
                row[:] = constant[a]
            elif op == _EXP:
                for k in range(LANES):
                    row[k] = np.exp(work[a, k])
            elif op == _SQRT:
                for k in range(LANES):
                    row[k] = np.sqrt(work[a, k])
            elif op == _LOG:
                for k in range(LANES):
                    row[k] = np.log(work[a, k])
            elif op == _POW:
                for k in range(LANES):
                    row[k] = work[a, k] ** work[b, k]
            elif op == _SIN:
                for k in range(LANES):
                    row[k] = np.sin(work[a, k])
            elif op == _COS:
                for k in range(LANES):
                    row[k] = np.cos(work[a, k])
            elif op == _TANH:
                for k in range(LANES):
                    row[k] = np.tanh(work[a, k])
            elif op == _FABS:
                for k in range(LANES):
                    row[k] = np.abs(work[a, k])
            elif op == _SIGN:
                for k in range(LANES):
                    row[k] = np.sign(work[a, k])
            elif op == _INV:
                for k in range(LANES):
                    row[k] = 1.0 / work[a, k]
            else:
                for k in range(LANES):
                    row[k] = work[a, k]
            for k in range(LANES):
                work[t, k] = row[k]
