"""What an organiser demands of a time beyond that it suits many."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupRule:
    """At least so many of the group; a smaller group needs all of its members."""

    name: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Rules:
    """Beside these, whoever is `required` must be able to come; see `index.Person`.

    0 stands for no such rule. `min_percentage` is of those who joined, answered or not.
    """

    min_available: int = 0
    min_percentage: int = 0
    groups: tuple[GroupRule, ...] = ()


NO_RULES = Rules()
