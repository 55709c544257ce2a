"""Healthy and weak walking in step, as MP4 and GIF: made without a window, within half a minute."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from gluteweak.errors import InputError
from gluteweak.figures import scene, style
from gluteweak.figures.walking import KNEE, PELVIS, THIGH, TRUNK, draw_body_lines, subtitle, title
from gluteweak.skeleton.bones import bones
from gluteweak.skeleton.shapes import coarser
from gluteweak.skeleton.walks import Walk, healthy_and_weakest, read_walks
from gluteweak.storage import atomic_path, kneecap_note

Picture = NDArray[np.uint8]

_WIDTH, _HEIGHT = 1280, 720
#: Drawn twice as large and made smaller: smooth edges at half the price of drawing them smooth.
_OVER = 2
_DPI = 100
#: Pictures of one cycle, and for how many cycles the film runs; slower than life, so that the eye can follow.
_PER_CYCLE, _CYCLES, _SLOWER = 45, 4, 2.0
_GIF_WIDTH, _GIF_COLOURS = 800, 160
#: Bones on a grid of this width (m): nobody sees more at this size.
_CELL_M = 0.010
#: Letters in the one line of a short title, and in each of the smaller lines of a long one.
_SHORT_TITLE, _LONG_TITLE = 42, 56
_TOP_M, _BOTTOM_M = 1.98, -0.08


def animate(sweep: Path, scenarios_dir: Path, out_dir: Path, scenario: str | None = None) -> tuple[Path, Path]:
    """Write ``walking.mp4`` and ``walking.gif``.

    Parameters
    ----------
    sweep, scenarios_dir
        ``sweep.h5`` and the folder with one folder for each scenario.
    out_dir
        Where to write.
    scenario
        Who walks beside the healthy walker; the weakest with the last adaptation if left out.

    Raises
    ------
    InputError
        If a file is missing or broken, or the scenario was not posed.
    """
    pair = choose(read_walks(sweep, scenarios_dir), scenario)
    with style.house_style():
        pictures = list(_pictures(pair, kneecap_note(sweep)))
    duration_s = _SLOWER * pair[0].posed.duration_s
    film, loop = Path(out_dir) / "walking.mp4", Path(out_dir) / "walking.gif"
    with atomic_path(film) as temporary:
        _write_film(temporary, pictures, len(pictures) / duration_s)
    with atomic_path(loop) as temporary:
        _write_loop(temporary, pictures, duration_s / len(pictures))
    return film, loop


def choose(walks: list[Walk], scenario: str | None) -> list[Walk]:
    """The healthy walk, if there is one, and the one to set beside it.

    Raises
    ------
    InputError
        If the named scenario is not among them.
    """
    chosen = healthy_and_weakest(walks)
    if scenario is not None:
        named = [walk for walk in walks if walk.scenario_id == scenario]
        if not named:
            known = ", ".join(walk.scenario_id for walk in walks)
            raise InputError(f"No certified scenario '{scenario}' with a poses.h5; there are: {known}.")
        chosen = [*(walk for walk in chosen[:1] if walk.is_healthy), *named]
    return [chosen[0], chosen[-1]] if len(chosen) > 1 else chosen


def _pictures(pair: list[Walk], note: str) -> Iterator[Picture]:
    """One picture (height, width, 3) after the other, over one gait cycle of the weak side."""
    norm = scene.muscle_norm([walk.posed for walk in pair])
    marked = np.any([walk.posed.strength_fraction < 1.0 for walk in pair], axis=0)
    models = []
    for walk in pair:
        meshes = {body: coarser(mesh, _CELL_M) for body, mesh in bones(walk.posed).by_body.items()}
        models.append(scene.Model.of(meshes))
    credit = bones(pair[0].posed).credit
    for pct in np.arange(_PER_CYCLE) * 100.0 / _PER_CYCLE:
        figure = Figure(figsize=(_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI * _OVER)
        for k, (walk, model) in enumerate(zip(pair, models, strict=True)):
            _draw(figure, (k / len(pair), 1.0 / len(pair)), walk, model, norm, marked, float(pct))
        _write_footer(figure, pair, float(pct), f"Half speed.  {credit}  {note}".rstrip())
        large = _painted(FigureCanvasAgg(figure))
        yield np.asarray(large.resize((_WIDTH, _HEIGHT), Image.Resampling.BOX))


def _painted(canvas: Any) -> Image.Image:
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])


def _draw(
    figure: Figure,
    place: tuple[float, float],
    walk: Walk,
    model: scene.Model,
    norm: Normalize,
    marked: NDArray[np.bool_],
    pct: float,
) -> None:
    """One walker from the front and from the weak side, in a column of the picture."""
    left, width = place
    axes = figure.add_axes((left, 0.12, width, 0.76))
    axes.set_axis_off()
    span = (_TOP_M - _BOTTOM_M) * (width * _WIDTH) / (0.76 * _HEIGHT)
    axes.set_xlim(0.0, span)
    axes.set_ylim(_BOTTOM_M, _TOP_M)
    instant = walk.instant(pct)
    origin = walk.posed.frame(walk.posed.root, instant)[1]
    center = np.array([origin[0], 0.0, float(walk.posed.frame(walk.posed.root, 0)[1][2])])
    side = walk.posed.side[walk.side]
    views = ((scene.FRONT, 0.27), (scene.RIGHT_SIDE if side == "right" else scene.view(-90.0), 0.72))
    axes.plot([0.05, span - 0.05], [0.0, 0.0], color="0.8", linewidth=1.2, zorder=1)
    for seen, at in views:
        shift = np.array([at * span, 0.0])
        shown = scene.polygons(walk.posed, model, instant, seen, norm, center_m=center, marked=marked)
        scene.paint(axes, shown, shift=(float(shift[0]), 0.0), smooth=False)
        if seen is scene.FRONT:
            draw_body_lines(axes, walk, instant, seen, center, shift)
    _write_head(figure, left + width / 2, walk, axes)
    _write_angles(figure, left + width / 2, walk, pct)


def _write_head(figure: Figure, x: float, walk: Walk, axes: Axes) -> None:
    words = title(walk)
    size, most = (17, _SHORT_TITLE) if len(words) <= _SHORT_TITLE else (13, _LONG_TITLE)
    head = "\n".join(textwrap.wrap(words, most))
    figure.text(x, 0.985, head, ha="center", va="top", fontsize=size, fontweight="bold", linespacing=1.1)
    figure.text(x, 0.913, subtitle(walk).replace("\n", " "), ha="center", va="top", fontsize=11, color="0.35")
    axes.set_zorder(1)


def _write_angles(figure: Figure, x: float, walk: Walk, pct: float) -> None:
    side = walk.posed.side[walk.side]
    lean, drop = walk.angle_deg("trunk_lean_deg", pct), walk.angle_deg("pelvic_drop_deg", pct)
    other = "left" if side == "right" else "right"
    words = (
        f"trunk {abs(lean):.1f}\N{DEGREE SIGN} to the {side if lean >= 0 else other}     "
        f"pelvis {abs(drop):.1f}\N{DEGREE SIGN} {other} side {'lower' if drop >= 0 else 'higher'}"
    )
    figure.text(x, 0.105, words, ha="center", va="top", fontsize=11, color="0.15")


def _write_footer(figure: Figure, pair: list[Walk], pct: float, small: str) -> None:
    """Where in the gait cycle we are, with the weak leg's time on the ground, and the honest line."""
    walk = pair[-1]
    axes = figure.add_axes((0.3, 0.040, 0.4, 0.014))
    axes.set_axis_off()
    axes.set_xlim(0.0, 100.0)
    axes.set_ylim(0.0, 1.0)
    axes.axvspan(0.0, 100.0, color="0.90")
    axes.axvspan(0.0, float(walk.foot_off_pct[walk.side]), color="0.70")
    axes.plot([pct], [0.5], "o", color=style.strength_line(0.0)["color"], markersize=9, clip_on=False)
    side = walk.posed.side[walk.side]
    figure.text(0.29, 0.047, f"{side} foot on the ground", ha="right", va="center", fontsize=9, color="0.35")
    figure.text(0.71, 0.047, f"{pct:.0f} % of the gait cycle", ha="left", va="center", fontsize=9, color="0.35")
    figure.text(0.012, 0.012, "Computed for one model, not measured in you.", va="bottom", fontsize=9, color="0.25")
    figure.text(0.988, 0.012, small, ha="right", va="bottom", fontsize=6, color="0.45")


def _write_film(path: Path, pictures: list[Picture], pictures_per_s: float) -> None:
    """H.264 in an MP4 that every browser and slide programme plays, cycle after cycle."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=round(pictures_per_s))
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        stream.options = {"crf": "21", "preset": "fast", "threads": "1"}
        for picture in pictures * _CYCLES:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def _write_loop(path: Path, pictures: list[Picture], step_s: float) -> None:
    """A GIF of one cycle that repeats for ever; one palette for all its pictures, so that nothing flickers."""
    size = (_GIF_WIDTH, _GIF_WIDTH * _HEIGHT // _WIDTH)
    small = [Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS) for picture in pictures]
    # From several pictures, and with the colours of the drawn lines, which cover too little to be noticed.
    sample = Image.fromarray(np.concatenate([*map(np.asarray, small[:: max(1, len(small) // 4)]), _swatch(size[0])]))
    palette = sample.quantize(_GIF_COLOURS, method=Image.Quantize.MEDIANCUT)
    frames = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in small]
    timing = {"duration": round(1000 * step_s), "loop": 0}
    frames[0].save(path, format="GIF", save_all=True, append_images=frames[1:], optimize=True, **timing)


def _swatch(width: int) -> Picture:
    """Bands of the line colours, (height, width, 3)."""
    colours = [np.round(255 * np.array(to_rgb(colour))) for colour in (TRUNK, PELVIS, THIGH, KNEE, scene.WEAK_EDGE)]
    return np.repeat(np.tile(np.array(colours, dtype=np.uint8)[:, None], (1, width, 1)), 24, axis=0)
