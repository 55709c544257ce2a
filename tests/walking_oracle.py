"""OpenSim's own numbers for the tests of ``walking``, from a process of its own.

OpenSim and casadi cannot be imported together, and the tests of ``walking`` import casadi. So a test hands arrays to
``ask``, which runs this file as a script; the script imports OpenSim, evaluates OpenSim's components, and hands arrays
back. Nothing here imports gluteweak. A script that fails fails the test: there is no way to skip one unnoticed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np


def ask(question, **arrays):
    """Run one of QUESTIONS below on the arrays, in a new process."""
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "given.npz", Path(folder) / "found.npz"
        np.savez(given, **arrays)
        command = [sys.executable, __file__, question, str(given), str(found)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        if done.returncode:
            raise RuntimeError(f"OpenSim could not answer '{question}':\n{done.stdout}\n{done.stderr}")
        with np.load(found) as answer:
            return dict(answer)


def _osim():
    import opensim  # noqa: PLC0415  (only in the process that answers)

    opensim.Logger.removeFileSink()
    opensim.Logger.setLevelString("Error")
    return opensim


def _members(collection):
    return [collection.get(i) for i in range(collection.getSize())]


class _Adult:
    """The built adult in a state of OpenSim; knee coordinates take their kneecap's (``..._beta``) along."""

    def __init__(self, given):
        osim = self.osim = _osim()
        self.model = osim.Model(str(given["model"]))
        for joint, axis, coefficients in zip(
            given.get("joint", ()), given.get("axis", ()), given.get("polynomial", ()), strict=True
        ):
            transform = osim.CustomJoint.safeDownCast(self.model.getJointSet().get(str(joint))).updSpatialTransform()
            ascending = [float(c) for c in coefficients]
            function = osim.PolynomialFunction(osim.Vector(ascending[::-1]))
            transform.updTransformAxis(int(axis)).set_function(function)  # a copy
        for coordinate in _members(self.model.updCoordinateSet()):
            coordinate.setDefaultClamped(False)
        self.state = self.model.initSystem()
        self.names = [str(name) for name in given["coordinate"]]
        self.slots = {}
        for coordinate in _members(self.model.getCoordinateSet()):
            self.state.setU(osim.Vector(self.state.getNU(), 0.0))
            coordinate.setSpeedValue(self.state, 1.0)
            self.slots[coordinate.getName()] = int(np.argmax(self.state.getU().to_numpy()))

    def _moved(self, name):
        return [n for n in (name, f"{name}_beta") if n in self.slots]

    def put(self, value, speed):
        coordinates = self.model.getCoordinateSet()
        for name, q, v in zip(self.names, value, speed, strict=True):
            for moved in self._moved(name):
                coordinates.get(moved).setValue(self.state, float(q), False)
                coordinates.get(moved).setSpeedValue(self.state, float(v))
        kept = [coordinates.get(name).getValue(self.state) for name in self.names]
        if not np.array_equal(kept, value):
            raise RuntimeError("OpenSim changed a coordinate's value")

    def generalised_force(self, acceleration):
        """Inverse dynamics, (coordinate,), the kneecap's share added to the knee (its slope is 1)."""
        udot = np.zeros(self.state.getNU())
        for name, a in zip(self.names, acceleration, strict=True):
            udot[[self.slots[moved] for moved in self._moved(name)]] = a
        solver = self.osim.InverseDynamicsSolver(self.model)
        force = solver.solve(self.state, self.osim.Vector.createFromMat(udot)).to_numpy()
        return np.array([sum(force[self.slots[moved]] for moved in self._moved(name)) for name in self.names])


def dynamics(given):
    """Generalised forces that a motion takes: of gravity and inertia, less contact, and less passive torques too."""
    adult = _Adult(given)
    osim, state = adult.osim, adult.state
    forces = _members(adult.model.getForceSet())
    contacts = {}
    for force in forces:
        contact = osim.SmoothSphereHalfSpaceForce.safeDownCast(force)
        if contact is not None:
            contacts[contact.getConnectee("sphere").getName()] = contact
    kinds = {
        "inertial": (),
        "contact": ("SmoothSphereHalfSpaceForce",),
        "passive": ("SmoothSphereHalfSpaceForce", "ExpressionBasedCoordinateForce"),
    }
    found = {kind: [] for kind in kinds} | {"contact_force_n": []}
    for value, speed, acceleration in zip(given["value"], given["speed"], given["acceleration"], strict=True):
        for kind, acting in kinds.items():
            for force in forces:
                force.setAppliesForce(state, force.getConcreteClassName() in acting)
            adult.put(value, speed)
            adult.model.realizeDynamics(state)
            found[kind].append(adult.generalised_force(acceleration))
        found["contact_force_n"].append(
            [
                [contacts[str(name)].getSphereForce(state).get(1).get(i) for i in range(3)]
                for name in given["contact_sphere"]
            ]
        )
    return found


def muscles(given):
    """Every muscle of the adult at random states: what it sees of its path, and what it makes of it."""
    adult = _Adult(given)
    found = {
        key: []
        for key in ("length_m", "speed_m_s", "active_force_length", "force_velocity", "fibre_length", "tendon_force_n")
    }
    all_muscles = [adult.model.getMuscles().get(str(name)) for name in given["muscle"]]
    for value, speed, activation in zip(given["value"], given["speed"], given["activation"], strict=True):
        adult.put(value, speed)
        for muscle, a in zip(all_muscles, activation, strict=True):
            muscle.setActivation(adult.state, float(a))
        adult.model.realizeDynamics(adult.state)
        for key, of in (
            ("length_m", "getLength"),
            ("speed_m_s", "getLengtheningSpeed"),
            ("active_force_length", "getActiveForceLengthMultiplier"),
            ("force_velocity", "getForceVelocityMultiplier"),
            ("fibre_length", "getNormalizedFiberLength"),
            ("tendon_force_n", "getTendonForce"),
        ):
            found[key].append([getattr(muscle, of)(adult.state) for muscle in all_muscles])
    return found


def contact(given):
    """Force of the floor on one sphere that does not spin, by height of its centre and velocity."""
    osim = _osim()
    model = osim.Model()
    body = osim.Body("ball", 1.0, osim.Vec3(0), osim.Inertia(1))
    model.addBody(body)
    joint = osim.FreeJoint("free", model.getGround(), body)
    model.addJoint(joint)
    sphere = osim.ContactSphere(float(given["radius_m"]), osim.Vec3(0), body, "sphere")
    floor = osim.ContactHalfSpace(osim.Vec3(0), osim.Vec3(0, 0, -np.pi / 2), model.getGround(), "floor")
    model.addContactGeometry(sphere)
    model.addContactGeometry(floor)
    force = osim.SmoothSphereHalfSpaceForce("force", sphere, floor)
    for name in (
        "stiffness",
        "dissipation",
        "static_friction",
        "dynamic_friction",
        "viscous_friction",
        "transition_velocity",
        "hertz_smoothing",
        "hunt_crossley_smoothing",
    ):
        getattr(force, f"set_{name}")(float(given[name]))
    model.addForce(force)
    model.finalizeConnections()
    state = model.initSystem()
    found = []
    for height, velocity in zip(given["height_m"], given["velocity_m_s"], strict=True):
        for axis in range(3):
            joint.get_coordinates(3 + axis).setValue(state, float(height) if axis == 1 else 0.0)
            joint.get_coordinates(3 + axis).setSpeedValue(state, float(velocity[axis]))
        model.realizeDynamics(state)
        found.append([force.getSphereForce(state).get(1).get(axis) for axis in range(3)])
    return {"force_n": found}


def bands(given):
    """Lengths and tensions of the strands beside muscles, on OpenSim's wrapped paths."""
    adult = _Adult(given)
    forces = {force.getName(): force for force in _members(adult.model.getForceSet())}
    found = {"length_m": [], "tension_n": []}
    for value, speed in zip(given["value"], given["speed"], strict=True):
        adult.put(value, speed)
        adult.model.realizeDynamics(adult.state)
        strands = [adult.osim.ExpressionBasedPathForce.safeDownCast(forces[str(name)]) for name in given["band"]]
        found["length_m"].append([strand.getPath().getLength(adult.state) for strand in strands])
        found["tension_n"].append([strand.getTension(adult.state) for strand in strands])
    return found


QUESTIONS = {"dynamics": dynamics, "muscles": muscles, "contact": contact, "bands": bands}

if __name__ == "__main__":
    with np.load(sys.argv[2]) as file:
        arrays = dict(file)
    np.savez(sys.argv[3], **{name: np.array(value) for name, value in QUESTIONS[sys.argv[1]](arrays).items()})
