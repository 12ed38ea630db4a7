"""Folds of a committee: each member learns from all sequences but some, which stop it.

A fit needs sequences that it does not learn from, to know when to stop; a model should have
learnt from all there are. Members that hold out different ones have both (Krogh & Vedelsby,
1995, Neural Network Ensembles, Cross Validation, and Active Learning).
"""

import numpy as np

from autolstm.split.folding import dealt
from autolstm.split.parts import Fold, Parts
from autolstm.split.planned import Cases

__all__ = ["committee"]


def committee(kind: str, data: Cases, parts: Parts, members: int, seed: int) -> tuple[Fold, ...]:
    """Deal what is not in the test part out to the members, as the study dealt it out.

    Each holds out about as many as the study validates on, others than the rest do as far as
    there are others: whole groups, or of every class in proportion.

    Args:
        kind: How the parts were drawn, see `autolstm.split.KINDS`.
        data: What is known of the sequences.
        parts: The parts of the study.
        members: How many folds to return.
        seed: Root seed.

    Returns:
        A fold for each member. A single one that holds nothing out where the sequences come in
        order, as the last of them say most about the next ones, or where they are too few.
    """
    seen, base = parts.seen, kind.removesuffix("_k_fold")
    whole = (Fold(seen, np.array([], dtype=np.int64)),)
    if base == "in_order":
        return whole
    folds = max(members, round(len(seen) / len(parts.folds[0].valid)))
    most = len(seen)
    if base == "group" and data.groups is not None:
        most = len(np.unique(data.groups[seen]))
    elif base == "stratified" and data.codes is not None:
        rarest = int(np.unique(data.codes[seen], return_counts=True)[1].min())
        # A class of one sequence cannot lie on both sides.
        base, most = ("stratified", rarest) if rarest > 1 else ("random", most)
    folds = min(folds, most)
    if folds < 2:
        return whole
    found = dealt(f"{base}_k_fold", seen, folds, seed, codes=data.codes, groups=data.groups)
    return tuple(found[member % folds] for member in range(members))
