"""How easy a text is to read: Flesch's idea with the weights that were fitted to each language.

All formulas need words a sentence and syllables a word; syllables are counted by rules of spelling, which are right for
nearly all German and Spanish words and for most English ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:]+(?=\s|$)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Counts:
    """What the formulas are made of."""

    sentences: int
    words: int
    syllables: int

    @property
    def words_per_sentence(self) -> float:
        """Mean length of a sentence."""
        return self.words / self.sentences

    @property
    def syllables_per_word(self) -> float:
        """Mean length of a word."""
        return self.syllables / self.words


@dataclass(frozen=True)
class Formula:
    """A language's formula: ``score`` of the counts; a twelve-year-old reads texts on the good side of ``target``."""

    name: str
    source: str
    target: float
    higher_is_easier: bool
    score: Callable[[Counts], float]

    def is_met(self, score: float) -> bool:
        """Whether a twelve-year-old can be expected to read the text."""
        return score >= self.target if self.higher_is_easier else score <= self.target


#: Targets: grade 6 of a US school is age 11 to 12; 70 and more on Amstad's scale is "easy", read at 12;
#: 65 and more on the INFLESZ scale is "quite easy", the level of primary school, which ends at 12.
FORMULAS = {
    "en": Formula(
        "Flesch-Kincaid grade",
        "kincaid1975",
        6.9,
        higher_is_easier=False,
        score=lambda c: 0.39 * c.words_per_sentence + 11.8 * c.syllables_per_word - 15.59,
    ),
    "de": Formula(
        "Flesch (Amstad)",
        "amstad1978",
        70.0,
        higher_is_easier=True,
        score=lambda c: 180.0 - c.words_per_sentence - 58.5 * c.syllables_per_word,
    ),
    "es": Formula(
        "INFLESZ (Szigriszt-Pazos)",
        "barriocantalejo2008",
        65.0,
        higher_is_easier=True,
        score=lambda c: 206.835 - 62.3 * c.syllables_per_word - c.words_per_sentence,
    ),
}


def counts(text: str, language: str) -> Counts:
    """Sentences, words and syllables of a text; a number counts as a word of two syllables.

    Raises
    ------
    ValueError
        If there is no word.
    """
    plain = _NUMBER.sub(" 0 ", text)
    words = _WORD.findall(plain)
    numbers = plain.split().count("0")
    if not words:
        raise ValueError("a text without words has no reading level")
    sentences = max(1, len(_SENTENCE_END.findall(text.strip())) or 1)
    total = sum(syllables(word, language) for word in words) + 2 * numbers
    return Counts(sentences, len(words) + numbers, total)


def score(text: str, language: str) -> float:
    """The language's own reading score of a text."""
    return FORMULAS[language].score(counts(text, language))


def syllables(word: str, language: str) -> int:
    """Syllables of one word, at least one."""
    return max(1, {"en": _english, "de": _german, "es": _spanish}[language](word.lower()))


def _english(word: str) -> int:
    """Groups of vowels, without a silent e at the end and without the e of most -ed and -es."""
    word = re.sub(r"[^a-z]", "", word)
    count = len(re.findall(r"[aeiouy]+", word))
    if (
        (re.search(r"[^aeiouy]e$", word) and not re.search(r"[^aeiouyl]le$", word))
        or re.search(r"[^aeiouytd]ed$", word)
        or re.search(r"[^aeiouysxzhcg]es$", word)
    ):
        count -= 1
    return count + len(re.findall(r"i(?=a|um|us)|ea$", word))


def _german(word: str) -> int:
    """Single vowels and vowel pairs that are spoken as one."""
    word = word.replace("qu", "q")
    return len(re.findall(r"aa|ee|oo|ie|ei|ai|ey|ay|au|eu|äu|[aeiouyäöü]", word))


def _spanish(word: str) -> int:
    """Vowels, weak ones joined to their neighbours; an accent on a weak one parts it from them."""
    word = re.sub(r"qu|gu(?=[eiéí])", "q", word)
    word = re.sub(r"y(?=[aeiouáéíóú])", "j", word).replace("y", "i")
    return len(re.findall(r"[iuü]?[aeoáéó][iuü](?![aeoáéó])|[iuü]?[aeoáéó]|[íú]|[iuü]+", word))
