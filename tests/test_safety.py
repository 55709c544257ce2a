"""Files of other people are data: nothing in them is ever run, looked up as a path, or put into a shell's line."""

import ast
import re
import subprocess

import pytest
from study_files import ROOT
from workflow_run import fresh_checkout, snakemake

from gluteweak.cli import main

SOURCES = sorted((ROOT / "src").rglob("*.py"))
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflows").glob("*.smk"))]
#: Run what they are given, or make objects of any class of it.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "commands", "imp"}
FORBIDDEN_ATTRIBUTES = {
    ("os", "system"),
    ("os", "popen"),
    ("yaml", "unsafe_load"),
    ("yaml", "full_load"),
    ("yaml", "UnsafeLoader"),
    ("yaml", "FullLoader"),
    ("yaml", "Loader"),
    ("subprocess", "getoutput"),
    ("subprocess", "getstatusoutput"),
}
#: ``(module, what)``: the one YAML loader, of SafeLoader's children.
LOADERS = {"study_text.py": "_Loader"}


def breaches(tree, name):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"imports {m}" for m in modules if m.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.Call):
            yield from call_breaches(node, name)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used = (node.value.id, node.attr)
            yield from (f"uses {'.'.join(each)}" for each in FORBIDDEN_ATTRIBUTES & {used})


def call_breaches(node, name):
    called = node.func
    if isinstance(called, ast.Name) and called.id in FORBIDDEN_CALLS:
        yield f"calls {called.id}"
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    for flag in ("shell", "allow_pickle"):
        if flag in keywords and not (isinstance(keywords[flag], ast.Constant) and keywords[flag].value is False):
            yield f"says {flag}="
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "yaml":
        loader = keywords.get("Loader")
        safe = isinstance(loader, ast.Name) and loader.id == LOADERS.get(name)
        if called.attr == "load" and not safe:
            yield "calls yaml.load without the safe loader"


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')",
        "import pickle",
        "from marshal import loads",
        "subprocess.run('x', shell=True)",
        "yaml.load(x, Loader=yaml.Loader)",
        "yaml.load(x)",
        "os.system('x')",
        "np.load(x, allow_pickle=True)",
    ],
)
def test_the_guard_sees_what_it_is_to_see(code):
    assert list(breaches(ast.parse(code), "x.py"))


def test_no_source_runs_what_it_reads():
    found = {
        path.relative_to(ROOT).as_posix(): problems
        for path in SOURCES
        if (problems := list(breaches(ast.parse(path.read_text(encoding="utf-8")), path.name)))
    }
    assert found == {}
    assert len(SOURCES) > 100


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_rules_quote_everything_that_they_put_into_a_shells_line(path):
    text = path.read_text(encoding="utf-8")
    commands = re.findall(r"^    shell:\n((?:        .*\n)+)", text, re.MULTILINE)
    assert commands or path.name == "Snakefile"
    fields = [field for command in commands for field in re.findall(r"\{([^{}]+)\}", command)]
    # The number of threads is Snakemake's own; everything else may hold a name.
    assert [field for field in fields if not field.endswith(":q") and field != "threads"] == []


HOSTILE = [
    "../../x",
    "..",
    "/etc/passwd",
    "a;touch HACKED",
    "$(touch HACKED)",
    "`touch HACKED`",
    "a\nb",
    "a b",
    "a" * 300,
    "ä",
    "-rf",
    "a\x00b",
    "{x}",
    "'; touch HACKED; '",
    ".hidden",
    "con.",
]


def quoted(text):
    """A name as a double-quoted YAML scalar."""
    return '"' + text.encode("unicode_escape").decode("ascii").replace('"', '\\"').replace("\\'", "'") + '"'


STUDY = """\
name: {name}
model: {model}
cases:
  - id: {case}
    who: glmed
    strength_percent: 50
    adaptation: re_optimised
"""


@pytest.mark.parametrize("where", ["name", "model", "case"])
@pytest.mark.parametrize("name", HOSTILE, ids=[repr(name)[:20] for name in HOSTILE])
def test_hostile_names_are_refused_by_the_command_line(tmp_path, monkeypatch, capsys, where, name):
    monkeypatch.chdir(tmp_path)
    names = {"name": "good", "model": "adult", "case": "good", where: name}
    study = tmp_path / "study.yaml"
    study.write_text(STUDY.format(**{key: quoted(value) for key, value in names.items()}), encoding="utf-8")
    assert main(["scenarios", str(study)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("gluteweak: ")
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["study.yaml"]


def test_hostile_names_in_a_good_place_do_no_harm(tmp_path, monkeypatch, capsys):
    """Labels may be anything: they are words for people."""
    monkeypatch.chdir(tmp_path)
    study = tmp_path / "study.yaml"
    label = quoted("$(touch HACKED)\n\u202e<script>")
    text = STUDY.format(name="good", model="adult", case="good") + f"    label: {label}\n"
    study.write_text(text, encoding="utf-8")
    assert main(["scenarios", str(study)]) == 0
    capsys.readouterr()
    assert [path.name for path in tmp_path.iterdir()] == ["study.yaml"]


@pytest.mark.workflow
@pytest.mark.parametrize("where", ["name", "model", "case"])
def test_snakemake_refuses_hostile_names_and_runs_nothing(tmp_path, where):
    checkout = fresh_checkout(tmp_path)
    before = {path for path in checkout.rglob("*") if ".snakemake" not in path.parts}
    names = {"name": "good", "model": "adult", "case": "good", where: "a;touch HACKED;$(touch HACKED)/../../x"}
    study = checkout / "config" / "hostile.yaml"
    study.write_text(STUDY.format(**{key: quoted(value) for key, value in names.items()}), encoding="utf-8")
    said = snakemake(checkout, study="config/hostile.yaml", expect=1)
    assert "Traceback" not in said
    assert "hostile.yaml" in said
    assert {path for path in checkout.rglob("*") if ".snakemake" not in path.parts} == before | {study}


@pytest.mark.workflow
def test_a_hostile_name_of_the_study_file_itself_reaches_no_shell(tmp_path):
    checkout = fresh_checkout(tmp_path)
    study = "config/a'; touch HACKED; '$(touch HACKED) b.yaml"
    (checkout / study).write_text((checkout / "config" / "quick.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    said = snakemake(checkout, "--dry-run", "--printshellcmds", "--", "results/quick/healthy_gait.h5", study=study)
    commands = [line for line in said.splitlines() if "gluteweak healthy " in line]
    assert len(commands) == 1
    words = commands[0].split("gluteweak healthy ")[1]
    script = f"set -- {words}\nprintf '%s' \"$2\""
    done = subprocess.run(["bash", "-c", script], cwd=checkout, capture_output=True, text=True, check=True)
    assert done.stdout == study
    assert not list(checkout.rglob("HACKED"))
