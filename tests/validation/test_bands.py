"""The bands: each has a source that the bibliography has, and holds what it was built around."""

import re
from pathlib import Path

import pytest

from gluteweak.validation.bands import BANDS, IMPOSED, PUBLISHED_PEAKS, TESTS, UNANSWERED
from gluteweak.variables import OUTCOMES

BIBLIOGRAPHY = Path(__file__).parents[2] / "docs/references.bib"


@pytest.mark.parametrize("entry", [*BANDS, *PUBLISHED_PEAKS], ids=lambda e: getattr(e, "key", None) or e.label)
def test_sources_are_in_the_bibliography(entry):
    keys = re.findall(r"^@\w+\{([^,\s]+),", BIBLIOGRAPHY.read_text(encoding="utf-8"), re.MULTILINE)
    assert entry.sources
    assert set(entry.sources) <= set(keys)


def test_bands_are_whole():
    assert len({band.key for band in BANDS}) == len(BANDS)
    for band in BANDS:
        assert band.low < band.high
        assert band.unit
        assert band.published
    assert {b.test for b in BANDS} | {u.test for u in UNANSWERED} == set(TESTS)


@pytest.mark.parametrize(
    "band", [b for b in BANDS if b.test < 7 and re.match(r"-?\d", b.published)], ids=lambda b: b.key
)
def test_a_band_holds_the_first_number_that_it_is_built_on(band):
    assert band.low <= float(re.match(r"-?[\d.]+", band.published)[0]) <= band.high


def test_peaks_and_imposed_motions_name_known_quantities():
    assert {peak.dataset for peak in PUBLISHED_PEAKS} <= set(OUTCOMES)
    assert {outcome for _, _, outcome in IMPOSED} <= set(OUTCOMES)
    assert {key for key, _, _ in IMPOSED} <= {band.key for band in BANDS}
