"""What a batch works with, and the keys that say whether a stage of a scenario is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, Self

from gluteweak.batch.plan import ScenarioData, checksum
from gluteweak.errors import InputError
from gluteweak.provenance import OUTCOMES_SOURCES, WALKING_SOURCES, sha256_file, source_fingerprint

#: Modules whose source shapes what a stage writes. Snakemake's rules name the same.
SOLVE_SOURCES = WALKING_SOURCES
CERTIFY_SOURCES = ("gluteweak.opensim_model", "gluteweak.plant", "gluteweak.storage")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_LONGEST_NAME = 200

#: Words for people in a scenario; what is solved does not depend on them.
WORDS = frozenset({"role", "label", "group", "treatment"})
#: Parts of a key: what a stage was made from.
Parts = dict[str, Any]


def scenario_folder(scenarios_dir: Path, scenario_id: str) -> Path:
    """Folder of a scenario; its name is a plain name and never leads elsewhere.

    Raises
    ------
    InputError
        If the name could mean another folder than one directly below ``scenarios_dir``.
    """
    if not _NAME.fullmatch(scenario_id) or len(scenario_id) > _LONGEST_NAME:
        raise InputError(
            f"Scenario name {scenario_id!r} is no folder name: use letters, digits, '_', '-' and '.', beginning with "
            f"none of the last two, {_LONGEST_NAME} at most."
        )
    return scenarios_dir / scenario_id


@dataclass(frozen=True)
class Job:
    """Files and settings that all scenarios of a study share.

    ``settings`` is ``study.Simulation`` as a mapping, ``largest_missing_pct`` the certificate's bound; a stage that
    does not run needs no file of its own.
    """

    plant: Path
    scenarios_dir: Path
    logs_dir: Path
    healthy: Path | None = None
    problem: Path | None = None
    model: Path | None = None
    settings: Mapping[str, Any] | None = None
    speeds_dir: Path | None = None
    largest_missing_pct: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The job as JSON-like data."""
        return {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The job that `as_json` wrote."""
        paths = {f.name for f in fields(cls) if "Path" in str(f.type)}
        values: dict[str, Any] = {k: Path(v) if k in paths and v is not None else v for k, v in data.items()}
        return cls(**values)

    def folder(self, scenario_id: str) -> Path:
        """Folder of a scenario."""
        return scenario_folder(self.scenarios_dir, scenario_id)

    def log(self, stage: str, scenario_id: str) -> Path:
        """Log of a stage of a scenario."""
        return scenario_folder(self.logs_dir / stage, scenario_id + ".log")

    @cached_property
    def shared_solve_parts(self) -> Parts:
        """What every solution of the study is made from."""
        if self.settings is None:
            raise ValueError("solving needs the settings")
        return {
            "settings": dict(self.settings),
            "plant_sha256": _checksum(self.plant),
            "source_fingerprint": source_fingerprint(*SOLVE_SOURCES),
            "casadi": metadata.version("casadi"),
        }

    def solve_parts(self, scenario: ScenarioData) -> Parts:
        """What a scenario's solution is made from."""
        solved = {name: value for name, value in scenario.items() if name not in WORDS}
        return {
            "scenario": solved,
            "healthy_sha256": self._healthy_sha256(self.healthy_of(scenario)),
            **self.shared_solve_parts,
        }

    def healthy_of(self, scenario: ScenarioData) -> Path:
        """The healthy gait that a scenario deviates from: the study's, or that of the scenario's own speed."""
        speed = scenario.get("speed_m_s")
        path = self.healthy if speed is None else self.speeds_dir and self.speeds_dir / f"healthy_{speed:g}_m_s.h5"
        if path is None:
            raise InputError(
                f"Scenario '{scenario['scenario_id']}' needs a healthy gait at {speed or 'usual'} m/s: make it by "
                "'gluteweak healthy-at-speed' and name its folder with --speeds-dir."
            )
        return path

    def _healthy_sha256(self, path: Path) -> str:
        if path not in self._checksums:
            self._checksums[path] = _checksum(path)
        return self._checksums[path]

    @cached_property
    def _checksums(self) -> dict[Path, str]:
        return {}

    @cached_property
    def shared_certify_parts(self) -> Parts:
        """What every certificate of the study is made from."""
        if self.model is None or self.largest_missing_pct is None:
            raise ValueError("certifying needs the healthy model and the bound")
        return {
            "model_sha256": _checksum(self.model),
            "plant_sha256": _checksum(self.plant),
            "largest_missing_pct": self.largest_missing_pct,
            "source_fingerprint": source_fingerprint(*CERTIFY_SOURCES),
            "opensim": metadata.version("opensim"),
        }

    def certify_parts(self, solution_sha256: str) -> Parts:
        """What a scenario's certificate is made from."""
        return {"solution_sha256": solution_sha256, **self.shared_certify_parts}

    @cached_property
    def shared_outcomes_parts(self) -> Parts:
        """What all outcomes of the study are made from."""
        return {
            "plant_sha256": _checksum(self.plant),
            "source_fingerprint": source_fingerprint(*OUTCOMES_SOURCES),
            "numba": metadata.version("numba"),
        }

    def outcomes_parts(self, solution_sha256: str, certificate_sha256: str) -> Parts:
        """What a scenario's outcomes are made from."""
        return {
            "solution_sha256": solution_sha256,
            "certificate_sha256": certificate_sha256,
            **self.shared_outcomes_parts,
        }


def key(parts: Parts) -> str:
    """Checksum of the parts."""
    return checksum(parts)


def _checksum(path: Path) -> str:
    if not path.is_file():
        raise InputError(f"No file {path}: run the step that makes it, or correct the path.")
    return sha256_file(path)
