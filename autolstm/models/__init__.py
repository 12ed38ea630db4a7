"""Settings and shapes -> a plain Keras model. One architecture family a file.

recurrent       LSTM and GRU layers, in one direction or both
front           what stands before them: embedding, masking, convolution over time
decoder         what follows them where the answer is a sequence of its own
network         the whole
"""

from autolstm.models.network import build

__all__ = ["build"]
