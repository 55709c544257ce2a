"""What the command line calls: one function a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gluteweak.figures import chain as chain_figure
from gluteweak.figures import coordination as coordination_figures
from gluteweak.figures import style
from gluteweak.figures import treatment as treatment_figure
from gluteweak.figures import what_if as what_if_figure
from gluteweak.figures.overview import caption, draw_overview, read_overview
from gluteweak.figures.validation import draw_validation, read_healthy
from gluteweak.figures.walking import draw_walking, read_walking
from gluteweak.storage import atomic_path


def overview(sweep: Path, out_dir: Path) -> None:
    """Draw the overview of a sweep: ``overview.png``, ``overview.svg`` and the caption ``overview.txt``.

    Parameters
    ----------
    sweep : Path
        ``sweep.h5``.
    out_dir : Path
        Folder for the three files.

    Raises
    ------
    InputError
        If the sweep is missing or broken, or has no certified scenario.
    """
    data = read_overview(sweep)
    with style.house_style():
        style.save(draw_overview(data), out_dir, "overview", caption(data), source=sweep)


def what_if(folders: list[Path], out_dir: Path) -> None:
    """Draw what-if motions against the healthy gait: ``what_if.png``, ``what_if.svg`` and the caption ``what_if.txt``.

    Parameters
    ----------
    folders : list of Path
        One a motion, each with ``outcomes.h5`` and ``solution.h5``; the first is the healthy gait.
    out_dir : Path
        Folder for the three files.

    Raises
    ------
    InputError
        If a file is missing or broken, or there is no motion to show.
    """
    data = what_if_figure.read_what_if(folders)
    with style.house_style():
        figure = what_if_figure.draw_what_if(data)
        style.save(figure, out_dir, "what_if", what_if_figure.caption(data), source=folders[0] / "outcomes.h5")


def chain(sweep: Path, scenario_ids: Sequence[str], what_if: Path | None, out_dir: Path) -> None:
    """Draw the chain from weak muscle to knee: ``chain.svg``, ``.pdf``, ``.png``, the caption and the picture in words.

    Parameters
    ----------
    sweep : Path
        ``sweep.h5`` or its folder.
    scenario_ids : sequence of str
        One or two scenarios; by default the weakest of the first two adaptations.
    what_if : Path, optional
        Imposed motions (``what_if.h5``) to show below.
    out_dir : Path
        Folder for the files.

    Raises
    ------
    InputError
        If a file is missing or broken, or a scenario is unknown or no result.
    """
    data = chain_figure.read_chain_picture(sweep, scenario_ids, what_if)
    with style.house_style():
        said = chain_figure.caption(data) + "\nIn words: " + chain_figure.alternative_text(data) + "\n"
        style.save(chain_figure.draw_chain(data), out_dir, "chain", said, style.VECTORS, sweep)


def coordination(sweep: Path, out_dir: Path) -> None:
    """Draw timing faults: ``coordination_curves`` and ``coordination_summary``, each as SVG, PDF, PNG and caption.

    Parameters
    ----------
    sweep : Path
        ``sweep.h5`` or its folder.
    out_dir : Path
        Folder for the files.

    Raises
    ------
    InputError
        If the sweep is missing or broken, or has no badly timed walker.
    """
    data = coordination_figures.read_coordination(sweep)
    with style.house_style():
        for name, figure, said in (
            ("coordination_curves", coordination_figures.draw_curves, coordination_figures.curves_caption),
            ("coordination_summary", coordination_figures.draw_summary, coordination_figures.summary_caption),
        ):
            style.save(figure(data), out_dir, name, said(data), style.VECTORS, sweep)


def treatment(sweep: Path, out_dir: Path) -> None:
    """Draw the table of treatments: ``treatments`` as SVG, PDF, PNG and caption.

    Parameters
    ----------
    sweep : Path
        ``sweep.h5`` or its folder.
    out_dir : Path
        Folder for the files.

    Raises
    ------
    InputError
        If the sweep is missing or broken, or has no treated walker.
    """
    data = treatment_figure.read_treatment_picture(sweep)
    with style.house_style():
        figure = treatment_figure.draw_treatment(data)
        style.save(figure, out_dir, "treatments", treatment_figure.caption(data), style.VECTORS, sweep)


def validation(sweep: Path, out: Path) -> None:
    """Draw healthy curves with published peaks into one PNG file.

    Raises
    ------
    InputError
        If the sweep is missing or broken, or has no certified scenario at full strength.
    """
    data = read_healthy(sweep)
    with style.house_style(), atomic_path(out) as temporary:
        figure = draw_validation(data)
        style.write_kneecap_note(figure, sweep)
        figure.savefig(temporary, metadata={"Software": None})


def walking(sweep: Path, scenarios_dir: Path, out_dir: Path) -> None:
    """Draw posed bones, healthy and weak: ``walking.png``, ``walking.svg`` and the caption ``walking.txt``.

    Parameters
    ----------
    sweep : Path
        ``sweep.h5``.
    scenarios_dir : Path
        Folder with one folder for each scenario; those with a ``poses.h5`` can be shown.
    out_dir : Path
        Folder for the three files.

    Raises
    ------
    InputError
        If a file is missing or broken, or no certified scenario was posed.
    """
    walks = read_walking(sweep, scenarios_dir)
    with style.house_style():
        figure, caption_text = draw_walking(walks)
        style.save(figure, out_dir, "walking", caption_text, source=sweep)
