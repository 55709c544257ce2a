"""The experiment: who is weak, late or tired, and how the walker may adapt. The only reader of study files.

A study file is YAML; `config/default.yaml` is the example to copy and `config/study.schema.json`, generated from the
classes below, gives editors their completion. A sheet (CSV) with one scenario a line is a study too. Every number
carries its unit in its name and its bounds in its field. ``docs/scenarios.md`` explains each axis.
"""

from gluteweak.study.axes import Case, Comparison, Endurance, Grid, Treatment
from gluteweak.study.loading import LARGEST_WITHOUT_YES, load_study, schema_text
from gluteweak.study.names import find_model_dir, walker_files
from gluteweak.study.scenario import Scenario, Timing
from gluteweak.study.sections import Adaptation, Certificate, Simulation, Weakness, Weights
from gluteweak.study.study import Study
from gluteweak.study.what_if import WhatIf, WhatIfMotion, what_if_motion

__all__ = [
    "LARGEST_WITHOUT_YES",
    "Adaptation",
    "Case",
    "Certificate",
    "Comparison",
    "Endurance",
    "Grid",
    "Scenario",
    "Simulation",
    "Study",
    "Timing",
    "Treatment",
    "Weakness",
    "Weights",
    "WhatIf",
    "WhatIfMotion",
    "find_model_dir",
    "load_study",
    "schema_text",
    "walker_files",
    "what_if_motion",
]
