"""Settings and shapes -> a plain Keras model. One architecture family a file.

recurrent       LSTM and GRU layers, in one direction or both
front           what stands before them: embedding, masking, convolution over time
decoder         what follows them where the answer is a sequence of its own
network         the whole
own             networks that a user's function builds
"""

from autolstm.models.network import build
from autolstm.models.own import Build, build_own

__all__ = ["Build", "build", "build_own"]
