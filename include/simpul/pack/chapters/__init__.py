"""The chapters of LP2KD in their order, each a function from the `World` to a `model.Chapter`."""

from __future__ import annotations

from simpul.pack.chapters import closing, introduction, policy, profile, programmes, results, team
from simpul.pack.model import Chapter
from simpul.pack.world import World


def written(world: World) -> list[Chapter]:
    """All chapters. The last one lists what the others found missing."""
    return [
        chapter(world)
        for chapter in (
            introduction.chapter,
            profile.chapter,
            policy.chapter,
            programmes.chapter,
            team.chapter,
            results.chapter,
            closing.chapter,
        )
    ]
