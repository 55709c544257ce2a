"""Who may import what. import-linter reads the import graph; this reads the source, lazy imports included."""

import ast
import csv

import pytest
from study_files import ROOT

SOURCE = ROOT / "src" / "gluteweak"
ROOMS = ("opensim_model", "walking", "loads", "figures", "report", "handout")
OWNERS = {
    "opensim": {"opensim_model"},
    "casadi": {"walking"},
    "numba": {"loads", "walking"},
    "matplotlib": {"figures"},
    "typst": {"handout"},
}
FILES = sorted(SOURCE.rglob("*.py"))


def imported(path):
    """Dotted names that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide who imports whom"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(path):
    return path.relative_to(SOURCE).parts[0]


@pytest.mark.parametrize("library", OWNERS)
def test_library_is_imported_by_its_owners_only(library):
    importers = {room(path) for path in FILES for name in imported(path) if name.split(".")[0] == library}
    assert importers <= OWNERS[library]


@pytest.mark.parametrize("of", ROOMS)
def test_rooms_meet_in_files_only(of):
    others = tuple(f"gluteweak.{other}" for other in ROOMS if other != of)
    found = [
        (path.name, name)
        for path in (SOURCE / of).rglob("*.py")
        for name in imported(path)
        if name.startswith(tuple(f"{o}." for o in others)) or name in others
    ]
    assert found == []


#: What every walker must have (docs/own_subject.md): the skeleton's words, which analyses may use.
REQUIRED = {
    *("pelvis", "torso", "femur", "tibia", "talus", "calcn", "toes", "patella"),
    *("pelvis_tilt", "pelvis_list", "pelvis_rotation", "pelvis_tx", "pelvis_ty", "pelvis_tz"),
    *("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "mtp_angle"),
}
#: Words in common use that happen to be names there too: joints of the body, muscles of both families.
COMMON = {"hip", "ankle", "hand", "humerus", "radius", "ulna", "back", "patellofemoral"}
#: What may name more, and why: what a trunk may do if the model lets it; and the scaling of the built-in walker itself.
MORE = {
    "imposed_motion.py": {"lumbar_bending"},
    "figures/imported.py": {"lumbar_bending"},
    "scaled_walker.py": {"tibia_r", "talus_r"},
    "study/loading.py": {"adult"},
    "validation/report.py": {"adult"},
    "commands/own_walker.py": {"adult"},
}
MEANINGS = (
    "muscle_names.py",
    "comparison/words.py",
    "comparison/targets.py",
    "validation/bands.py",
    "validation/measures.py",
)


def test_no_module_knows_the_built_in_walkers_names():
    columns = (
        ("bodies", "body"),
        ("joints", "joint"),
        ("coordinates", "coordinate"),
        ("muscles", "muscle"),
        ("contact_spheres", "sphere"),
        ("wrap_cylinders", "cylinder"),
    )
    known, muscles = {"adult"}, set()
    for table, column in columns:
        with (ROOT / "models/adult" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                stem = row[column].removesuffix("_r")
                known |= {row[column], stem, f"{stem}_l"}
                muscles |= {stem} if table == "muscles" else set()
    found = []
    for path in FILES:
        name = path.relative_to(SOURCE).as_posix()
        allowed = REQUIRED | COMMON | MORE.get(name, set()) | (muscles if name in MEANINGS else set())
        words = [n.value for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Constant)]
        found += [f"{name}: '{word}'" for word in words if isinstance(word, str) and word in known - allowed]
    assert found == [], "these names belong into models/adult, or into the list of what every walker must have"
