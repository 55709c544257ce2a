"""Primal-dual interior point for the walking problem, with a Newton system solved interval by interval.

The algorithm is the filter line search of Waechter and Biegler (2006) Math Program 106:25: inertia-free convexity test
by Cholesky (``staged_kkt``), second-order correction, fraction to the boundary. Where bounds stop a warm step early it
is corrected with the factorisation at hand (``centrality``). The barrier of a warm start falls monotonically; that of a
cold start follows the complementarity products at every iterate, by LOQO's rule (Vanderbei and Shanno 1999, Comput
Optim Appl 13:231). It differs from IPOPT in four points: collocation equations are linear and their multipliers are
always taken optimal; the slacks of the activation limits are eliminated; where the last Newton system needed
regularisation, the next one is not first tried without; there is no restoration phase: where the line search fails the
caller falls back on IPOPT. Tolerances are IPOPT's, so results can be compared.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gluteweak.errors import SolveError
from gluteweak.plant import FloatArray
from gluteweak.walking.centrality import corrected_targets, new_multipliers
from gluteweak.walking.derivatives import Derivatives
from gluteweak.walking.failure import NotConvergedError
from gluteweak.walking.iterate import Bounds, Solution, Start
from gluteweak.walking.staged_kkt import NotConvexError, PointBlocks, StagedKKT

#: First and largest barrier parameter of a solve without multipliers.
COLD_BARRIER, LARGEST_BARRIER = 1.0, 1.0

#: The falling limit is a lower one, the rising limit an upper one.
_LIMIT_SIGN = np.array([1.0, -1.0])[:, None, None]

# Constants of the method; names and values are those of Waechter and Biegler (2006), section 3, and of IPOPT.
_KAPPA_EPSILON, _KAPPA_MU, _THETA_MU, _TAU_MIN = 10.0, 0.2, 1.5, 0.99
_GAMMA_THETA, _GAMMA_PHI, _ETA_PHI, _DELTA, _S_THETA, _S_PHI = 1e-5, 1e-8, 1e-8, 1.0, 1.1, 2.3
_KAPPA_SIGMA, _KAPPA_SOC, _MAX_SOC = 1e10, 0.99, 4
_FIRST_REGULARISATION, _MAX_REGULARISATION = 1e-6, 1e8
#: Regularisation below this is left out before it is tried again.
_LEAST_REGULARISATION = 1e-5
_COMPLEMENTARITY_TOLERANCE = 1e-8
_SMALLEST_STEP = 1e-8
# How far a start is pushed from its bounds: hardly where it solves the problem already, else far enough for long steps.
_PUSH_COLD, _PUSH_WARM, _PUSH_SOLVED = 1e-2, 1e-3, 1e-9
_SOLVED = 1e-4
#: The Newton system is solved until its own errors are this share of the tolerance, in so many repetitions.
_LINEAR_SHARE, _MAX_REFINEMENTS = 1e-3, 3
#: A step that bounds stop before this share is corrected, so often, as long as each correction lets it go this much
#: further (a third correction gives nothing: docs/method.md).
_LONG_ENOUGH, _MAX_CORRECTORS, _WORTHWHILE = 0.9, 2, 1.1
#: Corrected steps leave products anywhere near the barrier parameter. A solve ends where none is further off than this
#: share, after so many more steps at the most: derivatives by strength rest on them.
_OFF_CENTRE, _MAX_CENTRING = 0.05, 3


@dataclass
class _Iterate:
    """Unknowns ``w`` (n_points, n_point), slacks (2, n_points, n_muscles) and all multipliers."""

    w: FloatArray
    slack: FloatArray
    multiplier: FloatArray
    lower_multiplier: FloatArray
    upper_multiplier: FloatArray
    slack_multiplier: FloatArray


#: What room times multiplier is to become, for lower bounds, upper bounds and activation limits.
_Targets = Sequence[FloatArray | float]


@dataclass(frozen=True)
class _Direction:
    """A full step of unknowns, slacks and multipliers; bounds allow the share ``longest`` of it."""

    step: FloatArray
    slack_step: FloatArray
    multiplier: FloatArray
    targets: _Targets
    longest: float

    @property
    def changes(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Change of the distances to lower bounds, upper bounds and activation limits."""
        return self.step, -self.step, self.slack_step


#: Infeasibility, barrier objective, and the three constraint values of a trial point.
_Trial = tuple[float, float, FloatArray, FloatArray, FloatArray]


@dataclass
class _Filter:
    """Pairs of infeasibility and barrier objective that later iterates must improve on."""

    largest: float
    pairs: list[tuple[float, float]] = field(default_factory=list)

    def accepts(self, theta: float, phi: float) -> bool:
        return theta <= self.largest and all(
            theta <= (1 - _GAMMA_THETA) * t or phi <= f - _GAMMA_PHI * t for t, f in self.pairs
        )

    def add(self, theta: float, phi: float) -> None:
        self.pairs.append((theta, phi))


class InteriorPoint:
    """Solver of one transcription; may be used for any number of scenarios."""

    def __init__(self, derivatives: Derivatives) -> None:
        """Prepare the constant parts."""
        self.derivatives = derivatives
        self.transcription = derivatives.transcription
        tr = self.transcription
        self.shape = (tr.grid.n_points, tr.n_point)
        self.kkt = StagedKKT(tr)
        self.speed = tr.point_variables["speed"]

    def solve(
        self,
        parameters: FloatArray,
        bounds: Bounds,
        start: Start,
        *,
        tolerance: float,
        max_iterations: int,
        report: bool = True,
        last_barrier: float | None = None,
    ) -> Solution:
        """Solve to ``tolerance``; arguments and result as ``solve.solve``.

        Parameters
        ----------
        last_barrier
            Where the barrier parameter stops falling: with one as large as that of a warm start the solve ends in
            the right basin, after half the iterations, with activations that the barrier still holds off their bounds.

        Raises
        ------
        SolveError
            If it does not converge.
        """
        wall, cpu = time.perf_counter(), time.process_time()
        problem = _Problem(self, parameters, bounds)
        run = _Run(problem, start, tolerance, report=report)
        if last_barrier is not None:
            run.least_mu, run.largest_off_centre = last_barrier, np.inf
        try:
            iterations = run.run(max_iterations)
        except SolveError as error:
            raise NotConvergedError(str(error), run.x.w.ravel().copy(), run.residual) from None
        x = run.x
        limits = x.slack_multiplier * -_LIMIT_SIGN
        return Solution(
            x.w.ravel().copy(),
            np.concatenate([x.multiplier.ravel(), run.collocation_multiplier.ravel(), limits.ravel()]),
            (x.upper_multiplier - x.lower_multiplier).ravel(),
            run.objective,
            iterations,
            "Solve_Succeeded",
            time.perf_counter() - wall,
            time.process_time() - cpu,
        )


class _Problem:
    """Functions and bounds of one solve, as arrays over points."""

    def __init__(self, solver: InteriorPoint, parameters: FloatArray, bounds: Bounds) -> None:
        tr = solver.transcription
        self.solver = solver
        self.tr = tr
        self.functions = solver.derivatives.bind(parameters)
        self.shape = solver.shape
        self.lower, self.upper = bounds.lower.reshape(self.shape), bounds.upper.reshape(self.shape)
        n_dynamics = tr.grid.n_points * tr.layout.n_free
        self.target = bounds.constraint_lower[n_dynamics : 2 * n_dynamics]
        self.limit_shape = (2, tr.grid.n_points, tr.layout.n_muscles)

    def limits(self, w: FloatArray) -> FloatArray:
        """Room to the activation limits, >= 0 where they hold: a + tau_d da/dt and 1 - a - tau_a da/dt."""
        room = np.asarray(self.tr.activation_limits @ w.ravel()).reshape(self.limit_shape)
        room[1] = 1.0 - room[1]
        return room

    def limit_rows(self, step: FloatArray) -> FloatArray:
        """Derivative of ``limits`` along a step."""
        rows = np.asarray(self.tr.activation_limits @ step.ravel()).reshape(self.limit_shape)
        rows[1] *= -1.0
        return rows

    def limit_columns(self, weight: FloatArray) -> FloatArray:
        """Transpose of ``limit_rows``."""
        signed = weight * _LIMIT_SIGN
        return np.asarray(self.tr.activation_limits.T @ signed.ravel()).reshape(self.shape)

    def collocation(self, w: FloatArray) -> FloatArray:
        """Defect of the collocation equations."""
        return np.asarray(self.tr.speed_defect @ w.ravel() - self.target).reshape(self.tr.grid.n_points, -1)


class _Run:
    """State of one run of the algorithm."""

    def __init__(self, problem: _Problem, start: Start, tolerance: float, *, report: bool) -> None:
        self.problem = problem
        self.tolerance = tolerance
        self.report = report
        self.x, self.mu = self._first(start)
        self.least_mu = min(tolerance, _COMPLEMENTARITY_TOLERANCE) / (_KAPPA_EPSILON + 1)
        #: The last one that was needed, and that of the last iteration (0 if it needed none).
        self.regularisation = self.present_regularisation = 0.0
        self.is_cold = start.constraint_multiplier is None
        # The barrier parameter of a cold start moves at every iterate: there is no centre to end at.
        self.largest_off_centre = np.inf if self.is_cold else _OFF_CENTRE
        self.alpha = 0.0
        self.first_theta: float | None = None
        self._evaluate()

    def _first(self, start: Start) -> tuple[_Iterate, float]:
        p = self.problem
        n_points, n_free = p.tr.grid.n_points, p.tr.layout.n_free
        warm = start.constraint_multiplier is not None
        push = _PUSH_COLD
        if warm:
            _, residual = p.functions.values(start.w.reshape(p.shape))
            push = _PUSH_SOLVED if np.abs(residual).max() < _SOLVED else _PUSH_WARM
        width = p.upper - p.lower
        w = np.clip(start.w.reshape(p.shape), p.lower + push * width, p.upper - push * width)
        slack = np.maximum(p.limits(w), push)
        if not warm:
            mu = COLD_BARRIER
            return (
                _Iterate(
                    w,
                    slack,
                    np.zeros((n_points, n_free)),
                    mu / (w - p.lower),
                    mu / (p.upper - w),
                    mu / slack,
                ),
                mu,
            )
        mu = start.barrier
        multipliers = np.asarray(start.constraint_multiplier)
        bound = np.asarray(start.bound_multiplier).reshape(p.shape)
        n_dynamics = n_points * n_free
        limits = multipliers[2 * n_dynamics :].reshape(p.limit_shape) * -_LIMIT_SIGN
        least = _PUSH_SOLVED
        return (
            _Iterate(
                w,
                slack,
                multipliers[:n_dynamics].reshape(n_points, n_free).copy(),
                np.maximum(-bound, least),
                np.maximum(bound, least),
                np.maximum(limits, least),
            ),
            mu,
        )

    # -- evaluation ---------------------------------------------------------------------------------------------------

    def _evaluate(self) -> None:
        p, x = self.problem, self.x
        values = p.functions.first(x.w)
        self.objective, self.gradient = values.objective, values.gradient
        self.residual, self.jacobian = values.residual, values.jacobian
        self.collocation = p.collocation(x.w)
        self.gap = p.limits(x.w) - x.slack

    def _lagrangian_gradient(self) -> FloatArray:
        """Gradient of the Lagrangian, collocation multipliers chosen to clear its speed part."""
        p, x = self.problem, self.x
        g = self.gradient + p.functions.transposed(self.jacobian, x.multiplier)
        g = g - x.lower_multiplier + x.upper_multiplier - p.limit_columns(x.slack_multiplier)
        total, self.collocation_multiplier = self._with_best_collocation(g)
        return total

    def _with_best_collocation(self, gradient: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Add collocation equations with the multipliers (n_points, n_free) that clear the gradient's speed part."""
        tr = self.problem.tr
        multiplier = gradient[:, self.problem.solver.speed] / tr.grid.interval_s
        return gradient + (tr.speed_defect.T @ multiplier.ravel()).reshape(gradient.shape), multiplier

    def _errors(self, mu: float) -> tuple[float, float, float]:
        """Scaled dual infeasibility, primal infeasibility, scaled complementarity."""
        p, x = self.problem, self.x
        dual = np.abs(self._lagrangian_gradient()).max()
        primal = max(np.abs(self.residual).max(), np.abs(self.collocation).max(), np.abs(self.gap).max())
        complementarity = max(
            np.abs((x.w - p.lower) * x.lower_multiplier - mu).max(),
            np.abs((p.upper - x.w) * x.upper_multiplier - mu).max(),
            np.abs(x.slack * x.slack_multiplier - mu).max(),
        )
        bounds = [x.lower_multiplier, x.upper_multiplier, x.slack_multiplier]
        total = sum(float(np.abs(m).sum()) for m in bounds)
        count = sum(m.size for m in bounds)
        all_total = total + float(np.abs(x.multiplier).sum() + np.abs(self.collocation_multiplier).sum())
        all_count = count + 2 * x.multiplier.size
        scale_dual = max(100.0, all_total / all_count) / 100.0
        scale_complementarity = max(100.0, total / count) / 100.0
        return dual / scale_dual, primal, complementarity / scale_complementarity

    # -- iteration ----------------------------------------------------------------------------------------------------

    def run(self, max_iterations: int) -> int:
        """Iterate; returns the number of iterations."""
        self._reset_filter()
        centring = 0
        for iteration in range(max_iterations + 1):
            dual, primal, complementarity = self._errors(0.0)
            if self.report:
                self._print(iteration, dual, primal)
            solved = max(dual, primal) <= self.tolerance and complementarity <= max(
                _COMPLEMENTARITY_TOLERANCE, 10 * self.least_mu
            )
            centring += solved
            if solved and (centring > _MAX_CENTRING or self._off_centre() <= self.largest_off_centre):
                return iteration
            self._update_barrier()
            if iteration == max_iterations:
                break
            # A cold start finds one of several minima; correctors would only make it another one.
            # What is solved is centred, so that solutions next door, and derivatives at them, can be compared.
            self._step(may_correct=not self.is_cold and not solved)
        raise SolveError(f"the interior-point method stopped after {max_iterations} iterations without converging")

    def _off_centre(self) -> float:
        """Largest deviation of a product of room and multiplier from the barrier parameter, as a share of it."""
        pairs = zip(self._rooms(), self._bound_multipliers(), strict=True)
        return max(float(np.abs(room * multiplier / self.mu - 1.0).max()) for room, multiplier in pairs)

    def _update_barrier(self) -> None:
        if self.is_cold:
            mu = min(max(self._loqo_barrier(), self.least_mu), LARGEST_BARRIER)
            if mu != self.mu:
                self.mu = mu
                self._reset_filter()
            return
        while self.mu > self.least_mu and max(self._errors(self.mu)) <= _KAPPA_EPSILON * self.mu:
            self.mu = max(self.least_mu, min(_KAPPA_MU * self.mu, self.mu**_THETA_MU))
            self._reset_filter()

    def _loqo_barrier(self) -> float:
        """LOQO's rule: the mean complementarity product, times less where all products are alike."""
        p, x = self.problem, self.x
        pairs = (
            (x.w - p.lower, x.lower_multiplier),
            (p.upper - x.w, x.upper_multiplier),
            (x.slack, x.slack_multiplier),
        )
        products = np.concatenate([(room * multiplier).ravel() for room, multiplier in pairs])
        mean = float(products.mean())
        evenness = max(float(products.min()) / mean, np.finfo(float).tiny)
        return float(0.1 * min(0.05 * (1 - evenness) / evenness, 2.0) ** 3 * mean)

    def _print(self, iteration: int, dual: float, primal: float) -> None:
        if iteration % 10 == 0:
            sys.stdout.write("iter    objective    inf_pr   inf_du lg(mu) lg(rg)  alpha\n")
        rg = f"{np.log10(self.regularisation):5.1f}" if self.regularisation > 0 else "    -"
        sys.stdout.write(
            f"{iteration:4d} {self.objective:14.7e} {primal:8.2e} {dual:8.2e} {np.log10(self.mu):5.1f} {rg} "
            f"{self.alpha:9.2e}\n"
        )

    def _reset_filter(self) -> None:
        theta = self._theta(self.residual, self.collocation, self.gap)
        if self.first_theta is None:
            self.first_theta = max(1.0, theta)
        self.least_theta = 1e-4 * self.first_theta
        self.largest_theta = 1e4 * self.first_theta
        self.filter = _Filter(self.largest_theta)

    @staticmethod
    def _theta(residual: FloatArray, collocation: FloatArray, gap: FloatArray) -> float:
        return float(np.abs(residual).sum() + np.abs(collocation).sum() + np.abs(gap).sum())

    def _barrier(self, objective: float, w: FloatArray, slack: FloatArray) -> float:
        p = self.problem
        # A trial point that rounds onto its bound is infinitely bad and no accident.
        with np.errstate(divide="ignore"):
            logs = np.log(w - p.lower).sum() + np.log(p.upper - w).sum() + np.log(slack).sum()
        return objective - self.mu * float(logs)

    def _factorise(self) -> None:
        """Factorise with as little regularisation as gives a step of descent."""
        p, x = self.problem, self.x
        self.blocks: PointBlocks = p.functions.second(x.w, x.multiplier, self.jacobian)
        sigma = x.lower_multiplier / (x.w - p.lower) + x.upper_multiplier / (p.upper - x.w)
        self.slack_sigma = x.slack_multiplier / x.slack
        last = self.regularisation
        delta = self.present_regularisation / 3
        if delta < _LEAST_REGULARISATION:
            delta = 0.0
        while True:
            try:
                p.solver.kkt.factorise(self.blocks, sigma + delta, self.slack_sigma, p.functions.rate_weight)
            except (NotConvexError, np.linalg.LinAlgError):
                if delta == 0.0:
                    delta = _FIRST_REGULARISATION if last == 0.0 else max(1e-20, last / 3)
                else:
                    delta *= 100.0 if last == 0.0 else 8.0
                if delta > _MAX_REGULARISATION:
                    raise SolveError("the Newton system stays indefinite") from None
                continue
            break
        self.present_regularisation = delta
        if delta > 0:
            self.regularisation = delta
        self.sigma = sigma + delta

    def _newton(
        self, residual: FloatArray, collocation: FloatArray, gap: FloatArray, targets: _Targets
    ) -> tuple[FloatArray, FloatArray]:
        """Step of w and new multipliers of the equations of motion for given constraint values."""
        p, x = self.problem, self.x
        lower, upper, slack = targets
        g = self.gradient - lower / (x.w - p.lower) + upper / (p.upper - x.w)
        g = g - p.limit_columns(slack / x.slack - self.slack_sigma * gap)
        offset = np.zeros(p.shape)
        if np.abs(collocation).max() > 0:
            offset[:, p.solver.speed] = collocation / p.tr.grid.interval_s
            g = g + self._hessian_times(offset)
            residual = residual + p.functions.times(self.jacobian, offset)
        step, multiplier = p.solver.kkt.solve(g, residual)
        # Where joints lean on the ends of their ranges the system is so ill-conditioned that a solve loses half of its
        # digits, and Newton's method hovers above the tolerance: what is left of the right-hand side is solved again.
        last = np.inf
        for _ in range(_MAX_REFINEMENTS):
            dual = g + self._hessian_times(step) + p.functions.transposed(self.jacobian, multiplier)
            dual = self._with_best_collocation(dual)[0]
            primal = residual + p.functions.times(self.jacobian, step)
            error = max(np.abs(dual).max(), np.abs(primal).max())
            if error <= _LINEAR_SHARE * self.tolerance or error > last / 2:
                break
            last = error
            more, change = p.solver.kkt.solve(dual, primal)
            step, multiplier = step + more, multiplier + change
        return step + offset, multiplier

    def _hessian_times(self, step: FloatArray) -> FloatArray:
        p = self.problem
        product = p.functions.hessian_times(self.blocks, step) + self.sigma * step
        return product + p.limit_columns(self.slack_sigma * p.limit_rows(step))

    def _rooms(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Distances to lower bounds, upper bounds and activation limits."""
        p, x = self.problem, self.x
        return x.w - p.lower, p.upper - x.w, x.slack

    def _bound_multipliers(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        return self.x.lower_multiplier, self.x.upper_multiplier, self.x.slack_multiplier

    def _direction(
        self, residual: FloatArray, collocation: FloatArray, gap: FloatArray, targets: _Targets
    ) -> _Direction:
        step, multiplier = self._newton(residual, collocation, gap, targets)
        slack_step = self.problem.limit_rows(step) + gap
        longest = _to_boundary(self._rooms(), (step, -step, slack_step), self._tau)
        return _Direction(step, slack_step, multiplier, targets, longest)

    @property
    def _tau(self) -> float:
        return max(_TAU_MIN, 1 - self.mu)

    def _centred(self, direction: _Direction) -> _Direction:
        """A direction that bounds stop later, if correcting a few products gives one."""
        for _ in range(_MAX_CORRECTORS):
            if direction.longest >= _LONG_ENOUGH:
                break
            targets = corrected_targets(
                self.mu,
                direction.targets,
                self._rooms(),
                self._bound_multipliers(),
                direction.changes,
                direction.longest,
            )
            found = self._direction(self.residual, self.collocation, self.gap, targets)
            if found.longest < _WORTHWHILE * direction.longest:
                break
            direction = found
        return direction

    def _step(self, *, may_correct: bool) -> None:
        p, x = self.problem, self.x
        self._factorise()
        plain = self._direction(self.residual, self.collocation, self.gap, [self.mu] * 3)
        direction = self._centred(plain) if may_correct else plain
        accepted = self._line_search(direction)
        if direction is not plain and (accepted is None or accepted[0] < direction.longest / 2):
            accepted = self._line_search(plain)
        if accepted is None:
            raise SolveError("the line search of the interior-point method failed")
        self.alpha, taken = accepted
        olds = self._bound_multipliers()
        news = new_multipliers(taken.targets, self._rooms(), olds, taken.changes)
        beta = _to_boundary(olds, [new - old for old, new in zip(olds, news, strict=True)], self._tau)
        w, slack = x.w + self.alpha * taken.step, x.slack + self.alpha * taken.slack_step
        room = (w - p.lower, p.upper - w, slack)
        stepped = [
            np.clip(old + beta * (new - old), self.mu / (_KAPPA_SIGMA * r), _KAPPA_SIGMA * self.mu / r)
            for old, new, r in zip(olds, news, room, strict=True)
        ]
        self.x = _Iterate(w, slack, x.multiplier + self.alpha * (taken.multiplier - x.multiplier), *stepped)
        self._evaluate()

    def _line_search(self, direction: _Direction) -> tuple[float, _Direction] | None:
        """Length of the step and the direction taken, which a second-order correction may have changed."""
        p, x, mu = self.problem, self.x, self.mu
        step, slack_step = direction.step, direction.slack_step
        theta = self._theta(self.residual, self.collocation, self.gap)
        phi = self._barrier(self.objective, x.w, x.slack)
        slope = float(
            np.sum((self.gradient - mu / (x.w - p.lower) + mu / (p.upper - x.w)) * step)
            - np.sum(mu / x.slack * slack_step)
        )
        # Round-off of the barrier function near the solution must not reject a good step.
        noise = 10 * np.finfo(float).eps * max(1.0, abs(phi))
        alpha = direction.longest
        first = True
        while alpha > _SMALLEST_STEP * direction.longest:
            trial = self._trial(direction, alpha)
            kind = self._acceptable(trial, theta, phi, slope, alpha, noise)
            if kind:
                if kind == "h":
                    self.filter.add((1 - _GAMMA_THETA) * theta, phi - _GAMMA_PHI * theta)
                return alpha, direction
            if first and trial is not None and trial[0] >= theta:
                corrected = self._second_order(trial, direction.targets, theta, phi, slope, alpha, noise)
                if corrected is not None:
                    return corrected
            first = False
            alpha /= 2
        return None

    def _trial(self, direction: _Direction, alpha: float) -> _Trial | None:
        p, x = self.problem, self.x
        w, slack = x.w + alpha * direction.step, x.slack + alpha * direction.slack_step
        objective, residual = p.functions.values(w)
        if not (np.isfinite(objective) and np.isfinite(residual).all()):
            return None
        collocation, gap = p.collocation(w), p.limits(w) - slack
        return self._theta(residual, collocation, gap), self._barrier(objective, w, slack), residual, collocation, gap

    def _acceptable(
        self, trial: _Trial | None, theta: float, phi: float, slope: float, alpha: float, noise: float
    ) -> str:
        """Why a step is accepted: "f" for the objective, "h" for the filter; "" if it is not."""
        if trial is None:
            return ""
        new_theta, new_phi = trial[0], trial[1]
        if not self.filter.accepts(new_theta, new_phi - noise):
            return ""
        switching = slope < 0 and alpha * (-slope) ** _S_PHI > _DELTA * theta**_S_THETA
        if theta <= self.least_theta and switching:
            return "f" if new_phi <= phi + _ETA_PHI * alpha * slope + noise else ""
        improved = new_theta <= (1 - _GAMMA_THETA) * theta or new_phi <= phi - _GAMMA_PHI * theta + noise
        return "h" if improved else ""

    def _second_order(
        self, trial: _Trial, targets: _Targets, theta: float, phi: float, slope: float, alpha: float, noise: float
    ) -> tuple[float, _Direction] | None:
        """Correct the step for the curvature of the constraints, with the factorisation at hand."""
        residual = alpha * self.residual + trial[2]
        collocation = alpha * self.collocation + trial[3]
        gap = alpha * self.gap + trial[4]
        last = theta
        for _ in range(_MAX_SOC):
            direction = self._direction(residual, collocation, gap, targets)
            alpha_soc = direction.longest
            new = self._trial(direction, alpha_soc)
            kind = self._acceptable(new, theta, phi, slope, alpha, noise)
            if kind:
                if kind == "h":
                    self.filter.add((1 - _GAMMA_THETA) * theta, phi - _GAMMA_PHI * theta)
                return alpha_soc, direction
            if new is None or new[0] > _KAPPA_SOC * last:
                return None
            last = new[0]
            residual = alpha_soc * residual + new[2]
            collocation = alpha_soc * collocation + new[3]
            gap = alpha_soc * gap + new[4]
        return None


def _to_boundary(rooms: Sequence[FloatArray], changes: Sequence[FloatArray], tau: float) -> float:
    """Largest share of a step that uses up no more than ``tau`` of any room, at most 1."""
    share = 1.0
    for room, change in zip(rooms, changes, strict=True):
        shrinking = change < 0
        if shrinking.any():
            share = min(share, float((-tau * room[shrinking] / change[shrinking]).min()))
    return share
