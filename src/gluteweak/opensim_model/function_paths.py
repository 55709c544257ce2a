"""Muscle paths as polynomials, for OpenSim: the same functions as the plant's, so that both sides pull alike.

OpenSim's ``MultivariatePolynomialFunction`` has one coefficient for every combination of powers up to its order, powers
ascending, the last variable running fastest. No moment-arm functions are given: OpenSim then differentiates the length,
and force and length cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import opensim as osim
from numpy.typing import NDArray

from gluteweak.errors import InputError
from gluteweak.opensim_model.band import band_forces
from gluteweak.plant import Plant, Polynomial

FloatArray = NDArray[np.float64]


def dense_exponents(dimension: int, order: int) -> list[tuple[int, ...]]:
    """Powers of every term of OpenSim's polynomial, in its order: (0, 0), (0, 1), ..., (1, 0), ..."""
    if dimension == 0:
        return [()]
    return [(power, *rest) for power in range(order + 1) for rest in dense_exponents(dimension - 1, order - power)]


def dense_coefficients(polynomial: Polynomial) -> tuple[int, FloatArray]:
    """Order and coefficients of a scalar polynomial as OpenSim wants them."""
    exponents = [tuple(int(power) for power in row) for row in polynomial.polynomial_exponent]
    order = max((sum(row) for row in exponents), default=0)
    place = {row: i for i, row in enumerate(dense_exponents(len(polynomial.polynomial_coordinate_index), order))}
    coefficients = np.zeros(len(place))
    # add.at: a sparse polynomial may name a term twice.
    np.add.at(coefficients, [place[row] for row in exponents], polynomial.polynomial_coefficient[:, 0])
    return order, coefficients


def replace_muscle_paths(model: Any, plant: Plant) -> None:
    """Give muscles and bands of ``model`` the plant's polynomials as paths; the model must be initialised again.

    Raises
    ------
    InputError
        If model and plant do not have the same muscles, or a path depends on a coordinate the model lacks.
    """
    muscles = model.updMuscles()
    names = {muscles.get(i).getName() for i in range(muscles.getSize())}
    if names != set(plant.muscle):
        odd = sorted(names ^ set(plant.muscle))[0]
        raise InputError(
            f"Muscle '{odd}' is in only one of model and plant: make both with one 'gluteweak build-model'."
        )
    bands = band_forces(model)
    if set(bands) != set(plant.band):
        odd = sorted(set(bands) ^ set(plant.band))[0]
        raise InputError(f"'{odd}' is in only one of model and plant: make both with one 'gluteweak build-model'.")
    coordinates = model.getCoordinateSet()
    known = {coordinates.get(i).getName(): coordinates.get(i) for i in range(coordinates.getSize())}
    for name in plant.muscle:
        polynomial = plant.path_length[name]
        variables = [plant.coordinate[i] for i in polynomial.polynomial_coordinate_index]
        unknown = [variable for variable in variables if variable not in known]
        if unknown:
            raise InputError(f"The model has no coordinate '{unknown[0]}', on which the path of '{name}' depends.")
        path = _path(polynomial, [known[variable].getAbsolutePathString() for variable in variables])
        muscles.get(name).set_path(path)
        for band in (bands[b] for b, along in zip(plant.band, plant.band_muscle, strict=True) if along == name):
            band.set_path(path)
    # Without this the component tree still points at the paths that were replaced, and OpenSim crashes.
    model.finalizeFromProperties()
    model.finalizeConnections()


def _path(polynomial: Polynomial, coordinate_paths: list[str]) -> Any:
    order, coefficients = dense_coefficients(polynomial)
    length = osim.MultivariatePolynomialFunction()
    length.setDimension(len(coordinate_paths))
    length.setOrder(order)
    length.setCoefficients(osim.Vector.createFromMat(coefficients))
    names = osim.StdVectorString()
    for coordinate_path in coordinate_paths:
        names.append(coordinate_path)
    path = osim.FunctionBasedPath()
    # set_length_function copies; setLengthFunction would take Python's object and free it twice.
    path.set_length_function(length)
    path.setCoordinatePaths(names)
    return path


def path_lengths(plant: Plant, coordinate_value: FloatArray) -> FloatArray:
    """Lengths in m of all muscles by the plant's polynomials, (time, muscle)."""
    lengths = np.zeros((len(coordinate_value), len(plant.muscle)))
    for m, polynomial in enumerate(_polynomials(plant)):
        values = coordinate_value[:, polynomial.polynomial_coordinate_index]
        lengths[:, m] = _powers(values, polynomial.polynomial_exponent) @ polynomial.polynomial_coefficient[:, 0]
    return lengths


def path_slopes(plant: Plant, coordinate_value: FloatArray) -> FloatArray:
    """Derivatives of the lengths by the coordinates in m/rad, (time, muscle, coordinate): minus the moment arms."""
    slopes = np.zeros((len(coordinate_value), len(plant.muscle), len(plant.coordinate)))
    for m, polynomial in enumerate(_polynomials(plant)):
        values = coordinate_value[:, polynomial.polynomial_coordinate_index]
        for v, coordinate in enumerate(polynomial.polynomial_coordinate_index):
            power = polynomial.polynomial_exponent[:, v]
            lowered = polynomial.polynomial_exponent.copy()
            lowered[:, v] = np.maximum(power - 1, 0)
            slopes[:, m, coordinate] = _powers(values, lowered) @ (power * polynomial.polynomial_coefficient[:, 0])
    return slopes


def _polynomials(plant: Plant) -> Iterator[Polynomial]:
    return (plant.path_length[name] for name in plant.muscle)


def _powers(values: FloatArray, exponent: NDArray[np.int64]) -> FloatArray:
    """Product over the variables of value**power, (time, term)."""
    product: FloatArray = np.prod(values[:, None, :] ** exponent[None, :, :], axis=2)
    return product
