"""A solved scenario as a MocoStudy: the same model, mesh, cost and bounds, as far as Moco has them.

``docs/moco.md`` says what Moco has no equivalent of. Beside the study lie the tables that its goals track and the
scenario's motion as a guess; Moco looks for them in the folder in which the study is solved.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import opensim as osim
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.motion_files import coordinate_paths, write_motion
from gluteweak.opensim_model.loading import load_model
from gluteweak.opensim_model.solution import Solution, read_solution
from gluteweak.plant import PROGRESSION, Plant, read_plant
from gluteweak.storage import atomic_path, read_file
from gluteweak.walker_tables import SIDES

FloatArray = NDArray[np.float64]

#: Datasets of ``solution.h5`` that say what the motion was asked for.
_COST = (
    "cost_coordinate_value",
    "cost_coordinate_weight",
    "cost_activation",
    "cost_activation_weight",
    "cost_effort_weight",
    "cost_control_weight",
    "cost_acceleration_weight",
    "cost_ground_reaction_bw",
    "cost_ground_reaction_weight",
)
#: Prescribed coordinates obey a constraint; bounds on top of it would only leave the solver no room.
_WIDE_RAD = 10.0
#: As many as describe any smooth swing; prescribed motions have half as many.
_HARMONICS = 8
_FORWARD = "forward"
#: OpenSim 4.6 keeps this and the time constants of the first muscle that a process evaluates, for all muscles. Its
#: default, 0.1, makes activation as slow as deactivation; from about 10 on the two time constants hold.
_ACTIVATION_SMOOTHING = 10.0
_BISECTIONS = 50
_TOLERANCE = 1e-6
_ACCELERATION_BOUND = 1000.0


def export_study(model: Path, plant: Path, solution: Path, out: Path) -> None:
    """Write the study ``out`` (.omoco) and its tables ``<stem>_*.sto`` (see ``commands.export_moco``)."""
    walker, solved = read_plant(plant), read_solution(solution)
    cost, _ = read_file(solution, _COST)
    if solved.motion.muscle != walker.muscle or solved.motion.coordinate != walker.coordinate:
        raise InputError(f"{solution} belongs to another model than {plant}: give the files of one scenario.")
    out = Path(out).resolve()
    scenario = load_model(model)
    out.parent.mkdir(parents=True, exist_ok=True)
    # Moco opens the tables of a study by their names, in the folder where it works.
    with contextlib.chdir(out.parent), atomic_path(out) as temporary:
        _Study(scenario, walker, solved, cost, out).build().printToXML(str(temporary))


class _Study:
    """Builds the MocoStudy of one solution and writes the tables beside it."""

    def __init__(self, model: Any, plant: Plant, solution: Solution, cost: dict[str, Any], out: Path) -> None:
        self.model, self.plant, self.solution, self.cost, self.out = model, plant, solution, cost, out
        self.paths = coordinate_paths(plant)
        self.duration_s = float(solution.attributes["duration_s"])
        self.distance_m = float(solution.attributes["distance_m"])
        # Moco's grid has the start of the cycle, too: the end, one cycle earlier.
        self.time_s = np.concatenate([[0.0], solution.time_s])

    def build(self) -> Any:
        """The study, ready to solve in the folder of its file."""
        for name in self.plant.prescribed_coordinates:
            self._prescribe(name)
        for name in self.plant.muscle:
            muscle = osim.DeGrooteFregly2016Muscle.safeDownCast(self.model.updMuscles().get(name))
            muscle.set_activation_dynamics_smoothing(_ACTIVATION_SMOOTHING)
        self.model.finalizeConnections()
        study = osim.MocoStudy()
        study.setName(self.model.getName())
        problem = study.updProblem()
        problem.setModel(self.model)
        problem.setTimeBounds(osim.MocoInitialBounds(0.0), osim.MocoFinalBounds(self.duration_s))
        self._set_bounds(problem)
        for goal in (
            self._posture_goal(),
            self._habit_goal(),
            self._effort_goal(),
            self._actuator_goal(),
            *self._ground_reaction_goals(),
        ):
            if goal is not None:
                # All terms of the cost are means over the cycle.
                goal.setDivideByDuration(True)
                problem.addGoal(goal)
        problem.addGoal(self._periodicity_goal())
        problem.addGoal(self._speed_goal())
        self._set_solver(study)
        return study

    def _from_start(self, values: FloatArray) -> FloatArray:
        """A periodic series with the cycle's start in front."""
        return np.concatenate([values[-1:], values])

    def _series(self, values: FloatArray) -> FloatArray:
        """Values of all coordinates with the cycle's start in front, one distance back."""
        series = self._from_start(values)
        series[0, self.plant.coordinate.index(PROGRESSION)] -= self.distance_m
        return series

    def _table(self, name: str, labels: list[str], values: FloatArray) -> str:
        path = self.out.with_name(f"{self.out.stem}_{name}.sto")
        write_motion(path, labels, self.time_s, values)
        return path.name

    def _prescribe(self, name: str) -> None:
        """Let a coordinate follow its periodic motion: a Fourier series, which is what its motion is made of."""
        values = self.solution.motion.value[:, self.plant.coordinate.index(name)]
        # No more unknowns than points.
        harmonics = min(_HARMONICS, (len(values) - 1) // 2)
        orders = 2 * np.pi / self.duration_s * np.arange(1, harmonics + 1)
        phase = np.outer(self.solution.time_s, orders)
        basis = np.hstack([np.ones((len(values), 1)), np.cos(phase), np.sin(phase)])
        coefficients = np.linalg.lstsq(basis, values, rcond=None)[0]
        mean, cosine, sine = np.split(coefficients, [1, 1 + harmonics])
        terms = [f"({float(mean[0])!r})"]
        terms += [f"({float(c)!r})*cos({float(w)!r}*t)" for c, w in zip(cosine, orders, strict=True)]
        terms += [f"({float(c)!r})*sin({float(w)!r}*t)" for c, w in zip(sine, orders, strict=True)]
        variables = osim.StdVectorString()
        variables.append("t")
        coordinate = self.model.updCoordinateSet().get(name)
        coordinate.set_prescribed_function(osim.ExpressionBasedFunction("+".join(terms), variables))
        coordinate.set_prescribed(True)

    def _set_bounds(self, problem: Any) -> None:
        plant = self.plant
        crossed = {int(i) for path in plant.path_length.values() for i in path.polynomial_coordinate_index}
        for index, name in enumerate(plant.coordinate):
            if name in plant.prescribed_coordinates:
                problem.setStateInfo(f"{self.paths[name]}/value", [-_WIDE_RAD, _WIDE_RAD])
            elif index in crossed:
                problem.setStateInfo(f"{self.paths[name]}/value", [float(b) for b in plant.coordinate_range[index]])
        smallest = float(self.solution.attributes["minimum_activation"])
        for name in plant.muscle:
            # A weak muscle's activation in OpenSim is the solution's times its strength (``weakness``).
            strength = self.solution.muscle_strength[name]
            problem.setStateInfo(f"/forceset/{name}/activation", [strength * smallest, strength])
            problem.setControlInfo(f"/forceset/{name}", [0.0, strength])
        for name in plant.actuator:
            problem.setControlInfo(f"/forceset/{name}", [-1.0, 1.0])

    def _posture_goal(self) -> Any | None:
        weights = self.cost["cost_coordinate_weight"]
        tracked = [i for i in range(len(self.plant.coordinate)) if weights[i] > 0]
        if not tracked:
            return None
        labels = [f"{self.paths[self.plant.coordinate[i]]}/value" for i in tracked]
        goal = osim.MocoStateTrackingGoal("posture", 1.0)
        values = self._series(self.cost["cost_coordinate_value"])[:, tracked]
        goal.setReference(osim.TableProcessor(self._table("posture", labels, values)))
        for label, i in zip(labels, tracked, strict=True):
            goal.setWeightForState(label, float(weights[i]))
        return goal

    def _habit_goal(self) -> Any | None:
        weight = float(self.cost["cost_activation_weight"])
        if weight <= 0:
            return None
        labels = [f"/forceset/{name}/activation" for name in self.plant.muscle]
        goal = osim.MocoStateTrackingGoal("motor_habit", weight)
        table = self._table("motor_habit", labels, self._from_start(self.cost["cost_activation"]) * self._strength)
        goal.setReference(osim.TableProcessor(table))
        for label, factor in zip(labels, self._per_strength, strict=True):
            goal.setWeightForState(label, float(factor))
        return goal

    @property
    def _strength(self) -> FloatArray:
        """(muscle,) strength fractions."""
        return np.asarray(self.solution.values["muscle_strength_fraction"])

    @property
    def _per_strength(self) -> FloatArray:
        """(muscle,) what a squared activation in OpenSim counts for one of the solution's; 0 at no strength."""
        weak = self._strength > 0
        return np.divide(1.0, self._strength**2, out=np.zeros(len(weak)), where=weak)

    def _effort_goal(self) -> Any:
        goal = osim.MocoSumSquaredStateGoal("effort", float(self.cost["cost_effort_weight"]))
        goal.setPattern("/forceset/.*/activation")
        for name, factor in zip(self.plant.muscle, self._per_strength, strict=True):
            goal.setWeightForState(f"/forceset/{name}/activation", float(factor))
        return goal

    def _actuator_goal(self) -> Any:
        goal = osim.MocoControlGoal("actuators", float(self.cost["cost_control_weight"]))
        # Excitations are free, as in gluteweak: effort is what the muscles do.
        for name in self.plant.muscle:
            goal.setWeightForControl(f"/forceset/{name}", 0.0)
        return goal

    def _ground_reaction_goals(self) -> list[Any]:
        """One goal an axis: they have units of their own, and a goal of Moco has one weight."""
        weights = np.asarray(self.cost["cost_ground_reaction_weight"])
        feet = {
            side: [k for k, body in enumerate(self.plant.contact_body) if body.endswith(f"_{side}")] for side in SIDES
        }
        if not (weights > 0).any() or not all(feet.values()):
            return []
        body_weight_n = self.plant.mass_kg * self.plant.gravity_m_s2
        reaction_n = body_weight_n * self._from_start(self.cost["cost_ground_reaction_bw"])
        labels = [f"ground_force_{side}_v{axis}" for side in SIDES for axis in "xyz"]
        loads = osim.ExternalLoads()
        loads.setDataFileName(self._table("ground_reaction", labels, reaction_n.reshape(len(reaction_n), -1)))
        forces = self._contact_forces()
        groups = []
        for side, spheres in feet.items():
            bodies = list(dict.fromkeys(self.plant.contact_body[k] for k in spheres))
            load = osim.ExternalForce()
            load.setName(f"foot_{side}")
            load.set_applied_to_body(bodies[0])
            load.set_force_expressed_in_body("ground")
            load.set_force_identifier(f"ground_force_{side}_v")
            loads.cloneAndAppend(load)
            names = osim.StdVectorString()
            for k in spheres:
                names.append(forces[self.plant.contact_sphere[k]])
            others = osim.StdVectorString()
            for body in bodies[1:]:
                others.append(f"/bodyset/{body}")
            groups.append(osim.MocoContactTrackingGoalGroup(names, f"foot_{side}", others))
        # A goal that carries the loads themselves cannot be read again: Moco then takes it to name a file, too.
        path = self.out.with_name(f"{self.out.stem}_ground_reaction.xml")
        with atomic_path(path) as temporary:
            loads.printToXML(str(temporary))
        goals = []
        for axis, direction, weight in zip("xyz", np.identity(3), weights, strict=True):
            # Moco divides the squared force errors by body weight once; the cost has them in body weights.
            goal = osim.MocoContactTrackingGoal(f"ground_reaction_{axis}", float(weight) / body_weight_n)
            goal.setProjection("vector")
            goal.setProjectionVector(osim.Vec3(*map(float, direction)))
            goal.setExternalLoadsFile(path.name)
            for group in groups:
                goal.addContactGroup(group)
            goals.append(goal)
        return goals

    def _contact_forces(self) -> dict[str, str]:
        found = {}
        for component in self.model.getComponentsList():
            contact = osim.SmoothSphereHalfSpaceForce.safeDownCast(component)
            if contact is not None:
                found[contact.getConnectee("sphere").getName()] = contact.getAbsolutePathString()
        return found

    def _periodicity_goal(self) -> Any:
        goal = osim.MocoPeriodicityGoal("periodicity")
        states = [
            f"{self.paths[name]}/{what}"
            for name in self.plant.free_coordinates
            for what in ("value", "speed")
            if (name, what) != (PROGRESSION, "value")
        ]
        states += [f"/forceset/{name}/activation" for name in self.plant.muscle]
        for state in states:
            goal.addStatePair(osim.MocoPeriodicityGoalPair(state))
        return goal

    def _speed_goal(self) -> Any:
        """In a periodic motion the mass centre advances as the progression coordinate does."""
        goal = osim.MocoAverageSpeedGoal("speed")
        goal.set_desired_average_speed(self.distance_m / self.duration_s)
        return goal

    def _set_solver(self, study: Any) -> None:
        attributes = self.solution.attributes
        solver = study.initCasADiSolver()
        solver.set_transcription_scheme(f"legendre-gauss-radau-{int(attributes['degree'])}")
        solver.set_num_mesh_intervals(int(attributes["intervals"]))
        solver.set_multibody_dynamics_mode("implicit")
        solver.set_interpolate_control_mesh_interior_points(False)
        solver.set_kinematic_constraint_method("Bordalba2023")
        # Unscaled, Moco's quasi-Newton steps do not even converge on a walker of five coordinates.
        solver.set_scale_variables_using_bounds(True)
        solver.set_implicit_multibody_acceleration_bounds(osim.MocoBounds(-_ACCELERATION_BOUND, _ACCELERATION_BOUND))
        # The solver's own term is an integral, not a mean, and of the scaled variables: those that span 1.
        weight = float(self.cost["cost_acceleration_weight"]) * (2 * _ACCELERATION_BOUND) ** 2 / self.duration_s
        solver.set_minimize_implicit_multibody_accelerations(weight > 0)
        solver.set_implicit_multibody_accelerations_weight(weight)
        # Five times quicker than central differences, with the same iterates to six digits.
        solver.set_optim_finite_difference_scheme(_FORWARD)
        solver.set_optim_convergence_tolerance(_TOLERANCE)
        solver.set_optim_constraint_tolerance(_TOLERANCE)
        self._write_guess(solver)

    def _write_guess(self, solver: Any) -> None:
        """The scenario's motion in the form that the solver wants; multipliers of constraints are left zero."""
        path = self.out.with_name(f"{self.out.stem}_guess.sto")
        guess = solver.createGuess("bounds")
        for name, series in self._guess_columns().items():
            vector = osim.Vector.createFromMat(np.interp(guess.getTimeMat(), self.time_s, series))
            kind = name.rsplit("/", 1)[-1]
            if kind in ("value", "speed", "activation"):
                guess.setState(name, vector)
            elif kind == "accel":
                guess.setDerivative(name, vector)
            else:
                guess.setControl(name, vector)
        with atomic_path(path) as temporary:
            guess.write(str(temporary))
        solver.setGuessFile(path.name)

    def _excitation(self) -> FloatArray:
        """Excitations with which OpenSim's muscle has the solution's activation rates, as far as they exist."""
        plant = self.plant
        found = excitation(
            self.solution.opensim_motion.activation,
            np.asarray(self.solution.values["muscle_activation_rate"]) * self._strength,
            plant.muscle_activation_time_constant_s,
            plant.muscle_deactivation_time_constant_s,
        )
        return np.minimum(found, self._strength)

    def _guess_columns(self) -> dict[str, FloatArray]:
        motion, columns = self.solution.opensim_motion, {}
        excitations = self._from_start(self._excitation())
        activation = self._from_start(motion.activation)
        for m, name in enumerate(self.plant.muscle):
            columns[f"/forceset/{name}/activation"] = activation[:, m]
            columns[f"/forceset/{name}"] = excitations[:, m]
        control = self._from_start(motion.actuator_torque_nm / self.plant.actuator_optimal_force_nm)
        for a, name in enumerate(self.plant.actuator):
            columns[f"/forceset/{name}"] = control[:, a]
        for name, path in self.paths.items():
            # A follower (the patella's coordinate) equals its leader.
            i = self.plant.coordinate.index(name.removesuffix("_beta"))
            columns[f"{path}/value"] = self._series(motion.value)[:, i]
            columns[f"{path}/speed"] = self._from_start(motion.speed)[:, i]
            columns[f"{path}/accel"] = self._from_start(motion.acceleration)[:, i]
        return columns


def activation_rate(
    excitation: FloatArray, activation: FloatArray, rise_s: FloatArray, fall_s: FloatArray
) -> FloatArray:
    """Rate of an activation in 1/s by OpenSim's DeGrooteFregly2016Muscle.

    De Groote et al. (2016) Ann Biomed Eng 44:2922, equations 1 and 2.
    """
    difference = excitation - activation
    rising = 0.5 + 0.5 * np.tanh(_ACTIVATION_SMOOTHING * difference)
    slowing = 0.5 + 1.5 * activation
    result: FloatArray = (rising / (rise_s * slowing) + (1.0 - rising) * slowing / fall_s) * difference
    return result


def excitation(activation: FloatArray, rate: FloatArray, rise_s: FloatArray, fall_s: FloatArray) -> FloatArray:
    """Excitation in [0, 1] that comes nearest to giving an activation its rate by ``activation_rate``.

    The rate grows with the excitation wherever it matters, so bisection finds it.
    """
    lower, upper = np.zeros_like(activation), np.ones_like(activation)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (lower + upper)
        too_slow = activation_rate(middle, activation, rise_s, fall_s) < rate
        lower, upper = np.where(too_slow, middle, lower), np.where(too_slow, upper, middle)
    return 0.5 * (lower + upper)
