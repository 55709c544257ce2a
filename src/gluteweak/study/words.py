"""Words for scenarios: names of folders, and labels in plain language."""

from __future__ import annotations

from gluteweak.study.axes import Walker
from gluteweak.study.names import number_label, parts, percent_label, who_label

_SIDE_WORDS = {"right": "right", "left": "left", "both": "both sides"}
_PER_CENT = 100.0


def who_word(walker: Walker) -> str:
    """Muscles and side as part of a name."""
    return who_label(parts(walker.who), walker.side) if walker.who else "nobody"


def id_words(walker: Walker) -> tuple[str, list[str], list[str]]:
    """Words of a scenario's name: who with strength; faults; what follows the adaptation. Defaults have no word."""
    subject = f"{who_word(walker)}-s{percent_label(walker.strength_percent)}" if walker.who else "healthy"
    return subject, _fault_words(walker), _other_words(walker)


def _fault_words(walker: Walker) -> list[str]:
    words = {
        f"late{number_label(walker.onset_delay_ms, 3)}": walker.onset_delay_ms > 0,
        f"slow{number_label(walker.slower_activation, 1)}": walker.slower_activation != 1,
        f"max{percent_label(walker.activation_ceiling * _PER_CENT)}": walker.activation_ceiling != 1,
        f"early{number_label(walker.early_shutoff_ms, 3)}": walker.early_shutoff_ms > 0,
        f"n{number_label(walker.steps_walked, 5)}": walker.steps_walked > 0,
    }
    return [word for word, is_there in words.items() if is_there]


def _other_words(walker: Walker) -> list[str]:
    words = [f"{'_'.join(parts(who))}{percent_label(p)}" for who, p in walker.other_strength_percent.items()]
    if walker.posture != "free":
        words.append(walker.posture)
    if walker.trunk_lean_deg:
        towards = "leanaway" if walker.trunk_lean_deg < 0 else "lean"
        words.append(towards + number_label(abs(walker.trunk_lean_deg), 2))
    if walker.speed_m_s is not None:
        words.append(f"v{number_label(walker.speed_m_s, 1)}")
    usual = "fixed" if walker.speed_m_s is None else "free"
    if walker.stride_time not in {None, usual}:
        words.append(f"{walker.stride_time}time")
    if walker.steps_per_day != Walker.model_fields["steps_per_day"].default:
        words.append(f"day{number_label(walker.steps_per_day, 5)}")
    return words


def state_words(walker: Walker) -> str:
    """What is wrong with the walker, in plain words."""
    if not walker.who:
        return "healthy"
    words = [f"{' and '.join(parts(walker.who))} {_SIDE_WORDS[walker.side]} at {walker.strength_percent:g} % strength"]
    words += [f"{who} at {percent:g} %" for who, percent in walker.other_strength_percent.items()]
    if walker.onset_delay_ms:
        words.append(f"silent until {walker.onset_delay_ms:g} ms after foot strike")
    if walker.slower_activation != 1:
        words.append(f"activation {walker.slower_activation:g} times slower")
    if walker.activation_ceiling != 1:
        words.append(f"activation up to {walker.activation_ceiling * _PER_CENT:g} %")
    if walker.early_shutoff_ms:
        words.append(f"off {walker.early_shutoff_ms:g} ms early")
    if walker.steps_walked:
        words.append(f"after {walker.steps_walked:g} steps")
    return ", ".join(words)


def plain_label(walker: Walker, adaptation: str) -> str:
    """The scenario in plain words."""
    words = [state_words(walker), plain(adaptation)]
    if walker.posture != "free":
        words.append(plain(walker.posture))
    if walker.trunk_lean_deg:
        words.append(f"trunk leaned by {walker.trunk_lean_deg:g} deg as instructed")
    if walker.speed_m_s is not None:
        words.append(f"{walker.speed_m_s:g} m/s")
    return ", ".join(words)


def plain(name: str) -> str:
    """A name of the study file as people write it."""
    return name.replace("re_optimised", "re-optimised").replace("_", " ")
