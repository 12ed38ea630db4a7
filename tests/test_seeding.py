"""Children of a root seed: by name, never by order."""

from hypothesis import given
from hypothesis import strategies as st

from autolstm.seeding import child, children, generator

SEEDS = st.integers(0, 2**63 - 1)
NAMES = st.lists(st.text(max_size=5) | st.integers(0, 99), max_size=3)


@given(root=SEEDS, names=NAMES)
def test_a_child_is_a_seed_for_every_library(root: int, names: list[str | int]) -> None:
    assert 0 <= child(root, *names) < 2**31


def test_children_stay_the_same_between_versions() -> None:
    """Stored studies go on with the seeds that they began with."""
    assert child(0) == 804681139
    assert child(7, "order", 3) == 216435520
    assert children(0, "replicate", 3) == (1886470375, 138747340, 106021316)


def test_a_child_depends_on_every_name() -> None:
    seeds = {child(*path) for path in [(0,), (1,), (0, "a"), (0, "b"), (0, "a", 1), (0, "a", 2)]}
    assert len(seeds) == 6


@given(root=SEEDS, fewer=st.integers(0, 40), more=st.integers(0, 40))
def test_asking_for_more_children_changes_none(root: int, fewer: int, more: int) -> None:
    every = children(root, "replicate", fewer + more)
    assert every[:fewer] == children(root, "replicate", fewer)
    assert len(set(every)) == fewer + more


def test_a_generator_is_its_own() -> None:
    first = generator(0, "order", 1).random(4)
    assert (first == generator(0, "order", 1).random(4)).all()
    assert (first != generator(0, "order", 2).random(4)).all()
