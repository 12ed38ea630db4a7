"""Some epochs of R replicates as one program: from state to state, compiled by XLA.

Everything happens inside: batches gathered from the series by row number, forward and backward
passes, updates, validation, early stopping, fine-tuning and the bookkeeping of best weights, each
replicate by itself. State goes in and comes out and nothing is kept, so one program serves many
threads.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autolstm.models.backend import tf
from autolstm.shapes import Shapes
from autolstm.train.executable import Executable
from autolstm.train.judging import judged
from autolstm.train.losses import loss_named
from autolstm.train.lowering import Call, Network, Signal
from autolstm.train.rules import Rule

__all__ = ["Shape", "build"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a program is compiled for, beside network and rule.

    Attributes:
        replicates: Seeds trained together.
        rows: Rows of the series.
        ends: What the network is given and gives back.
        batch: Windows of a batch.
        steps: Most batches of an epoch. How many there are is told at run time, so preparations
            that leave different numbers of windows share a program.
        valid_batch: Validation windows that are forecast at once; 0 where none are.
        valid_steps: Most batches of a validation. How many there are, none perhaps, is told at
            run time, so a fit without validation runs in the program of one with it.
        epochs: Most epochs of a chunk.
        trained: Name of the loss that is minimised.
        measured: Name of the loss that is told.
        weighted: Whether elements have weights.
        padded: Whether some windows are not whole.
    """

    replicates: int
    rows: int
    ends: Shapes
    batch: int
    steps: int
    valid_batch: int
    valid_steps: int
    epochs: int
    trained: str = "squared"
    measured: str = "squared"
    weighted: bool = False
    padded: bool = False

    def serves(self, other: "Shape") -> bool:
        """Whether a program of this shape can do what one of another shape is made for."""
        blind = replace(self, valid_batch=0, valid_steps=0)
        unvalidated = replace(other, valid_steps=0)
        return self == other or (other.valid_batch == 0 and blind == unvalidated)


def build(network: Network, rule: Rule, shape: Shape, *, jit: bool) -> Any:
    """Return the program: of (state, data, numbers, chunk) to (state, log), nests of arrays.

    - state: ``weights``, ``kept``, ``slots`` by variable, ``step``; ``best`` weights,
      ``best_loss``, epochs ``waited`` for a better one and ``stalled`` on a plateau, ``rounds`` of
      fine-tuning begun, ``share`` of the rate, ``running``. Arrays have the shape (R, ...).
    - data: ``series``, ``train_origins``, ``train_targets``, ``train_count``, where the shape
      says so ``train_weights`` and ``train_lengths``, the same of ``valid``, and ``seeds`` of the
      dropout masks, shape (R, 2).
    - numbers: ``unit`` of losses, ``patience``, ``min_delta``, ``rounds`` of fine-tuning and the
      ``factor`` of each, patience of a ``plateau`` and its ``decay``, dropout ``rates``,
      ``penalties``, and those of the ``rule``.
    - chunk: ``count`` of epochs, ``orders`` of the windows, shape (epochs, R, windows), learning
      ``rates``, shape (epochs, steps).
    - log: ``train``, ``valid``, ``best`` losses and ``running``, each of shape (epochs, R).

    Args:
        network: What is trained.
        rule: How it is updated.
        shape: For which sizes.
        jit: Whether XLA compiles it; else it runs as a plain graph.
    """
    work = _Work(network, rule, shape)

    return Executable(work.epochs, jit=jit)


@dataclass(frozen=True, eq=False, slots=True)
class _Work:
    """The steps of a program, outermost first."""

    network: Network
    rule: Rule
    shape: Shape

    def epochs(self, state: Any, data: Any, numbers: Any, chunk: Any) -> Any:
        """Train ``count`` epochs, fewer where no replicate runs any more."""
        places = tf.range(self.shape.epochs)[:, None]
        empty = tf.fill([self.shape.epochs, self.shape.replicates], np.float32(np.nan))

        def body(number: Any, state: Any, log: Any) -> Any:
            state, seen = self._epoch(state, data, numbers, chunk, number)
            log = {name: tf.where(places == number, seen[name], log[name]) for name in log}
            return number + 1, state, log

        _, state, log = tf.while_loop(
            lambda number, state, _: (number < chunk["count"]) & tf.reduce_any(state["running"]),
            body,
            (0, state, dict.fromkeys(("train", "valid", "best", "running"), empty)),
            maximum_iterations=self.shape.epochs,
        )
        return state, log

    def _epoch(self, state: Any, data: Any, numbers: Any, chunk: Any, number: Any) -> Any:
        """Train one epoch and validate."""
        order = chunk["orders"][number]
        rates = chunk["rates"][number][:, None] * state["share"]
        batch, windows = self.shape.batch, data["train_count"]

        def body(step: Any, part: Any, total: Any) -> Any:
            rows = tf.slice(order, [0, step * batch], [self.shape.replicates, batch])
            counts = tf.cast(step * batch + tf.range(batch) < windows, tf.float32)[None]
            part, loss = self._batch(part, data, numbers, rows, counts, rates[step])
            return step + 1, part, total + loss

        part = {name: state[name] for name in ("weights", "kept", "slots", "step")}
        # Nothing at all, and no more of a program, where a network carries no states on.
        part["carried"] = self.network.begun(self.shape.replicates, batch)
        _, part, total = tf.while_loop(
            lambda step, *_: step * batch < windows,
            body,
            (0, part, tf.zeros([self.shape.replicates])),
            maximum_iterations=self.shape.steps,
        )
        train = total / tf.cast(windows, tf.float32) * numbers["unit"]
        carried = part.pop("carried")
        valid = self._validate(part, data, carried) * numbers["unit"]
        return judged({**state, **part}, numbers, data["valid_count"] == 0, train, valid)

    def _batch(
        self, part: Any, data: Any, numbers: Any, rows: Any, counts: Any, rate: Any
    ) -> tuple[Any, Any]:
        """Update all replicates by one batch; return sums of measured losses, shape (R,)."""
        inputs, targets, weights = self._read(data, "train", rows)
        call = Call(
            weights=dict(zip(self.network.paths, (*part["weights"], *part["kept"]), strict=True)),
            rates=numbers["rates"],
            seeds=data["seeds"] + tf.stack([part["step"], 0]),
            counts=counts,
            teacher=targets,
            carried=part["carried"],
        )
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(part["weights"])
            found = self._respond(call, inputs)
            trained, measured = self._losses(found, targets, weights, counts)
            total = tf.reduce_sum(trained) / tf.reduce_sum(counts)
            if self.network.penalties:
                total += self.network.penalty(call.weights, numbers["penalties"])
        gradients = tape.gradient(total, part["weights"])
        number = part["step"] + 1
        weights, slots = self.rule.apply(
            part["weights"], gradients, part["slots"], rate, number, numbers["rule"]
        )
        kept = [
            call.updates.get(one.path, value)
            for one, value in zip(self.network.kept, part["kept"], strict=True)
        ]
        after = {"weights": weights, "kept": kept, "slots": slots, "step": number}
        return {**after, "carried": call.ended}, measured

    def _validate(self, part: Any, data: Any, carried: Any) -> Any:
        """Return the mean loss on the validation windows, shape (R,).

        States go on from those after the last batch of the epoch.
        """
        shape, count = self.shape, data["valid_count"]
        values = dict(zip(self.network.paths, (*part["weights"], *part["kept"]), strict=True))

        def body(step: Any, carried: Any, total: Any) -> Any:
            call = Call(weights=values, rates={}, carried=carried)
            at = step * shape.valid_batch + tf.range(shape.valid_batch)
            inputs, targets, weights = self._read(data, "valid", at[None])
            counts = tf.cast(at < count, tf.float32)[None]
            found = self._respond(call, inputs)
            missed = self._losses(found, targets, weights, counts)[1]
            return step + 1, call.ended, total + missed

        _, _, total = tf.while_loop(
            lambda step, *_: step * shape.valid_batch < count,
            body,
            (0, carried, tf.zeros([shape.replicates])),
            maximum_iterations=shape.valid_steps,
        )
        return tf.where(count > 0, total / tf.cast(count, tf.float32), np.nan)

    def _losses(self, found: Any, targets: Any, weights: Any, counts: Any) -> tuple[Any, Any]:
        """Return the losses that are trained and measured, both shape (R,).

        They are means over the elements of a window and sums over windows.

        Args:
            found: Outputs, shape (R, batch, ...).
            targets: Shape (R or 1, batch, *target).
            weights: Of the same shape, or None.
            counts: Shape (1, batch), 1 for windows that count.
        """
        shape = self.shape
        inner = list(range(2, len(targets.shape)))
        elements = int(np.prod(targets.shape[2:]))
        counted = tf.reshape(counts, [1, -1, *(1 for _ in inner)])

        def total(name: str) -> Any:
            losses = loss_named(name)(found, targets)
            losses = losses if weights is None else losses * weights
            return tf.reduce_sum(losses * counted, [1, *inner]) / elements

        trained = total(shape.trained)
        same = shape.measured == shape.trained
        return trained, trained if same else total(shape.measured)

    def _read(self, data: Any, part: str, rows: Any) -> tuple[Any, Any, Any]:
        """Gather inputs (window, R, batch, features), targets and weights (R, batch, *target).

        Args:
            data: See `build`.
            part: Which one.
            rows: Numbers of its windows, shape (R or 1, batch).
        """
        inputs = self._windows(data, part, rows)
        targets = tf.gather(data[f"{part}_targets"], rows)
        weights = tf.gather(data[f"{part}_weights"], rows) if self.shape.weighted else None
        return inputs, targets, weights

    def _windows(self, data: Any, part: str, rows: Any) -> Any:
        """Gather windows by row number: (R, batch) -> (window, R, batch, features)."""
        back = np.arange(1 - self.shape.ends.window, 1, dtype=np.int32)[:, None, None]
        origins = tf.gather(data[f"{part}_origins"], rows)[None]
        inputs = tf.gather(data["series"], tf.maximum(origins + back, 0))
        if not self.shape.padded:
            return inputs
        there = back > -tf.gather(data[f"{part}_lengths"], rows)[None]
        return tf.where(there[..., None], inputs, np.float32(self.shape.ends.padding))

    def _respond(self, call: Call, inputs: Any) -> Any:
        """Pass windows through the network: its outputs, shape (R, batch, ...)."""
        out = self.network(call, Signal(inputs))
        return tf.transpose(out.value, [1, 2, 0, 3]) if out.steps else out.value
