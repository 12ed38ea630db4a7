"""`Shapes`: the sizes of what a network is given and what it gives back."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Shapes"]


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a network must fit, before anything is known of how it is built.

    Attributes:
        window: Steps of an input.
        features: Columns of an input.
        outputs: Numbers that the network gives at each output step: values, or one score (logit)
            per class.
        form: How outputs stand to inputs. ``"vector"``: one output after the last step
            (many-to-one), shape (n, outputs). ``"steps"``: one at every input step (synchronous
            many-to-many), shape (n, window, outputs). ``"decoder"``: a sequence of ``steps``
            outputs of its own (encoder-decoder; one-to-many where ``window`` is 1), shape
            (n, steps, outputs).
        steps: Output steps of a decoder, 1 for the other forms.
        padding: What the inputs hold at steps that are not there, before the beginning of a
            sequence that is shorter than ``window``; such steps are masked. None where every
            window is whole.
        symbols: Where above 0, inputs are codes from 0 to ``symbols - 1`` of one feature, and the
            network learns an embedding of them; code 0 is the padding then.
        classes: Whether outputs are scores (logits) of classes, and no values.
    """

    window: int
    features: int
    outputs: int
    form: Literal["vector", "steps", "decoder"] = "vector"
    steps: int = 1
    padding: float | None = None
    symbols: int = 0
    classes: bool = False

    @property
    def output(self) -> tuple[int, ...]:
        """Shape of the outputs of one window."""
        match self.form:
            case "vector":
                return (self.outputs,)
            case "steps":
                return (self.window, self.outputs)
            case "decoder":
                return (self.steps, self.outputs)
