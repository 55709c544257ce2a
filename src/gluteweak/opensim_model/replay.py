"""Put an OpenSim model into the states of a motion and read what OpenSim makes of them.

Nothing of the solver is used: muscles, contact, passive forces and equations of motion are OpenSim's own. From the
motion come only values, speeds and accelerations of the coordinates, activations and the torques of ideal actuators.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import opensim as osim
from numpy.typing import NDArray

from gluteweak.errors import InputError

FloatArray = NDArray[np.float64]
Names = tuple[str, ...]

#: Step of the central differences, in rad or m: far above rounding (1e-12 m), far below the curvature of any path.
_STEP = 1e-4
#: Lengthening in m at unit speed that is rounding: the muscle does not cross the joint.
_NO_PULL = 1e-10


@dataclass(frozen=True)
class Motion:
    """States of a walker at some instants; angles in rad, lengths in m.

    Attributes
    ----------
    coordinate, muscle, actuator, contact_sphere
        Names that label the columns; actuators carry the name of their coordinate.
    value, speed, acceleration : (time, coordinate)
    activation : (time, muscle)
    actuator_torque_nm : (time, actuator)
    """

    coordinate: Names
    muscle: Names
    actuator: Names
    contact_sphere: Names
    value: FloatArray
    speed: FloatArray
    acceleration: FloatArray
    activation: FloatArray
    actuator_torque_nm: FloatArray


@dataclass(frozen=True)
class Verdict:
    """What OpenSim says about a motion.

    Attributes
    ----------
    missing : (time, coordinate)
        Generalised force, in N or N m, that the model's equations of motion still need for this acceleration.
    tendon_force_n : (time, muscle)
    contact_force_n : (time, contact_sphere, 3)
        Force of the ground on each sphere, in ground axes.
    """

    missing: FloatArray
    tendon_force_n: FloatArray
    contact_force_n: FloatArray


@dataclass(frozen=True)
class PathGeometry:
    """Muscle paths of a model along a motion.

    Attributes
    ----------
    length : (time, muscle)
        In m.
    slope : (time, muscle, coordinate)
        Derivative of the length by the coordinate, in m/rad: minus the moment arm that belongs to the length.
    pull : (time, muscle, coordinate)
        Lengthening speed that OpenSim states at unit speed of the coordinate: minus the moment arm with which it pulls.
        Where two cylinders share a path, OpenSim's path is not the shortest one and the two differ (gaslat near knee
        extension: by half).
    """

    length: FloatArray
    slope: FloatArray
    pull: FloatArray


@dataclass(frozen=True)
class _Follower:
    """A coordinate that a coupler ties to another one: ``value = scale * function(value of leader)``."""

    slot: int
    leader: str
    function: Any
    scale: float

    def derivative(self, order: int, value: float) -> float:
        argument = osim.Vector(1, value)
        if order == 0:
            return self.scale * float(self.function.calcValue(argument))
        components = osim.StdVectorInt()
        for _ in range(order):
            components.append(0)
        return self.scale * float(self.function.calcDerivative(components, argument))


class Replay:
    """A model and a state that follows a motion.

    Raises
    ------
    InputError
        If the motion lacks a coordinate, or names a muscle, actuator or sphere that the model does not have.
    """

    def __init__(self, model: Any, motion: Motion) -> None:
        self.model = model
        self.motion = motion
        self.state = model.initSystem()
        slots = self._slots()
        self._followers = self._find_followers(slots)
        tied = {follower.slot for follower in self._followers}
        for name, slot in slots.items():
            coordinate = model.getCoordinateSet().get(name)
            if name not in motion.coordinate and slot not in tied and not coordinate.get_locked():
                raise InputError(f"The motion does not tell coordinate '{name}' of the model, which is free to move.")
        self._slot = np.array([_known(slots, name, "coordinate") for name in motion.coordinate])
        self._rest = self.state.getQ().to_numpy().copy()
        muscles = {m.getName(): m for m in _members(model.getMuscles())}
        self.muscles = [_known(muscles, name, "muscle") for name in motion.muscle]
        self._actuators = self._find_actuators()
        self._contacts = self._find_contacts()
        self._dynamics = osim.InverseDynamicsSolver(model)

    def _slots(self) -> dict[str, int]:
        """Where each coordinate sits in the vectors of the multibody system, whose order is the tree's."""
        if self.state.getNQ() != self.state.getNU():
            raise InputError(
                "The model has a joint with quaternions (BallJoint, FreeJoint): use a CustomJoint instead."
            )
        slots = {}
        mark = 1.0
        for coordinate in _members(self.model.getCoordinateSet()):
            self.state.setU(osim.Vector(self.state.getNU(), 0.0))
            coordinate.setSpeedValue(self.state, mark)
            slots[coordinate.getName()] = int(np.argmax(self.state.getU().to_numpy() == mark))
        self.state.setU(osim.Vector(self.state.getNU(), 0.0))
        return slots

    def _find_followers(self, slots: dict[str, int]) -> list[_Follower]:
        followers = []
        for constraint in _members(self.model.getConstraintSet()):
            coupler = osim.CoordinateCouplerConstraint.safeDownCast(constraint)
            if coupler is None:
                continue
            leaders = coupler.getIndependentCoordinateNames()
            scale = osim.PropertyHelper.getValueDouble(coupler.getPropertyByName("scale_factor"))
            slot = slots[coupler.getDependentCoordinateName()]
            followers.append(_Follower(slot, leaders.get(0), coupler.getFunction(), scale))
        return followers

    def _find_actuators(self) -> list[Any]:
        actuators = {}
        for force in _members(self.model.getForceSet()):
            actuator = osim.CoordinateActuator.safeDownCast(force)
            if actuator is not None:
                actuators[actuator.getCoordinate().getName()] = actuator
        found = [_known(actuators, name, "actuator of coordinate") for name in self.motion.actuator]
        for actuator in found:
            actuator.overrideActuation(self.state, True)
        return found

    def _find_contacts(self) -> list[Any]:
        contacts = {}
        for component in self.model.getComponentsList():
            contact = osim.SmoothSphereHalfSpaceForce.safeDownCast(component)
            if contact is not None:
                contacts[contact.getConnectee("sphere").getName()] = contact
        return [_known(contacts, name, "contact sphere") for name in self.motion.contact_sphere]

    def set_values(self, value: FloatArray) -> None:
        """Set the values, (coordinate,), of all coordinates; followers take the values that their leaders give."""
        values = self._rest.copy()
        values[self._slot] = value
        for follower in self._followers:
            values[follower.slot] = follower.derivative(0, self._of(value, follower.leader))
        # Coordinate.setValue would clip a clamped coordinate to its range without a word.
        self.state.setQ(osim.Vector.createFromMat(values))

    def set_speeds(self, value: FloatArray, speed: FloatArray) -> None:
        """Set the speeds, (coordinate,), of all coordinates at these values; followers move along."""
        speeds = np.zeros(self.state.getNU())
        speeds[self._slot] = speed
        for follower in self._followers:
            slope = follower.derivative(1, self._of(value, follower.leader))
            speeds[follower.slot] = slope * self._of(speed, follower.leader)
        self.state.setU(osim.Vector.createFromMat(speeds))

    def _accelerations(self, value: FloatArray, speed: FloatArray, acceleration: FloatArray) -> FloatArray:
        accelerations = np.zeros(self.state.getNU())
        accelerations[self._slot] = acceleration
        for follower in self._followers:
            leader = self._of(value, follower.leader)
            slope, curvature = follower.derivative(1, leader), follower.derivative(2, leader)
            pushed, swung = self._of(acceleration, follower.leader), self._of(speed, follower.leader) ** 2
            accelerations[follower.slot] = slope * pushed + curvature * swung
        return accelerations

    def _of(self, row: FloatArray, coordinate: str) -> float:
        return float(row[self.motion.coordinate.index(coordinate)])

    def judge(self) -> Verdict:
        """Evaluate OpenSim's equations of motion at every instant of the motion."""
        verdicts = [self._judge_one(index) for index in range(len(self.motion.value))]
        missing, tendon, contact = (np.array(part) for part in zip(*verdicts, strict=True))
        return Verdict(missing, tendon, contact)

    def _judge_one(self, index: int) -> tuple[FloatArray, list[float], list[list[float]]]:
        state, motion = self.state, self.motion
        value, speed = motion.value[index], motion.speed[index]
        self.set_values(value)
        self.set_speeds(value, speed)
        for muscle, activation in zip(self.muscles, motion.activation[index], strict=True):
            muscle.setActivation(state, float(activation))
        for actuator, torque in zip(self._actuators, motion.actuator_torque_nm[index], strict=True):
            actuator.setOverrideActuation(state, float(torque))
        self.model.realizeDynamics(state)
        accelerations = osim.Vector.createFromMat(self._accelerations(value, speed, motion.acceleration[index]))
        generalised = self._dynamics.solve(state, accelerations).to_numpy()
        missing = generalised[self._slot].copy()
        # What a follower lacks, the coupler hands to its leader: virtual power with d(follower) = slope d(leader).
        for follower in self._followers:
            slope = follower.derivative(1, self._of(value, follower.leader))
            missing[motion.coordinate.index(follower.leader)] += slope * generalised[follower.slot]
        tendon = [float(muscle.getTendonForce(state)) for muscle in self.muscles]
        contact = []
        for force in self._contacts:
            on_sphere = force.getSphereForce(state).get(1)
            contact.append([on_sphere.get(axis) for axis in range(3)])
        return missing, tendon, contact

    def path_geometry(self) -> PathGeometry:
        """Lengths of the muscles along the motion and how they change with each coordinate, followers moving along."""
        values, units = self.motion.value, np.eye(self.motion.value.shape[1])
        everyone = np.arange(len(self.muscles))
        lengths = np.array([self._lengths(value, everyone) for value in values])
        pulls = np.zeros((*lengths.shape, len(units)))
        slopes = np.zeros_like(pulls)
        # Which muscles cross a joint is seen in the first pose; the others need not be asked again.
        crossing = [np.flatnonzero(np.abs(self._pulls(values[0], unit, everyone)) > _NO_PULL) for unit in units]
        for index, value in enumerate(values):
            for column, (unit, muscles) in enumerate(zip(units, crossing, strict=True)):
                if muscles.size:
                    pulls[index, muscles, column] = self._pulls(value, unit, muscles)
                    change = self._lengths(value + _STEP * unit, muscles) - self._lengths(value - _STEP * unit, muscles)
                    slopes[index, muscles, column] = change / (2 * _STEP)
        return PathGeometry(lengths, slopes, pulls)

    def _pulls(self, value: FloatArray, unit: FloatArray, muscles: NDArray[np.intp]) -> FloatArray:
        self.set_values(value)
        self.set_speeds(value, unit)
        self.model.realizeVelocity(self.state)
        return np.array([self.muscles[m].getLengtheningSpeed(self.state) for m in muscles])

    def _lengths(self, value: FloatArray, muscles: NDArray[np.intp]) -> FloatArray:
        self.set_values(value)
        self.model.realizePosition(self.state)
        return np.array([self.muscles[m].getLength(self.state) for m in muscles])


def _members(collection: Any) -> list[Any]:
    return [collection.get(i) for i in range(collection.getSize())]


def _known(known: dict[str, Any], name: str, what: str) -> Any:
    if name not in known:
        raise InputError(f"The model has no {what} '{name}', which the motion names: both must come from one build.")
    return known[name]
