"""Any trial that a storage can hold."""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

NUMBER = st.floats(allow_nan=False, width=64)
ANY = st.floats(width=64)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | NUMBER | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)
TABLE = st.dictionaries(st.text("abcdefgh.:", min_size=1, max_size=6), PLAIN, max_size=3)
MOMENT = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))


@st.composite
def trials(draw, number):
    state = draw(st.sampled_from([*TrialState]))
    kinds = {
        "a": FloatDistribution(1e-4, 1.0, log=True),
        "b": IntDistribution(0, 100, step=5),
        "c": CategoricalDistribution([None, True, 1, 2.5, "x é"]),
    }
    kinds = {name: kinds[name] for name in draw(st.lists(st.sampled_from("abc"), unique=True))}
    drawn = {"a": 0.5, "b": 15, "c": draw(st.sampled_from([None, True, 2.5, "x é"]))}
    has_value = state == TrialState.COMPLETE or (
        state == TrialState.PRUNED and draw(st.booleans())
    )
    began = None if state == TrialState.WAITING else draw(MOMENT)
    return FrozenTrial(
        number=number,
        state=state,
        value=draw(NUMBER) if has_value else None,
        datetime_start=began,
        datetime_complete=began + timedelta(seconds=3.25) if state.is_finished() else None,
        params={name: drawn[name] for name in kinds},
        distributions=kinds,
        user_attrs=draw(TABLE),
        system_attrs=draw(TABLE),
        intermediate_values=draw(st.dictionaries(st.integers(0, 50), ANY, max_size=4)),
        trial_id=number,
    )
