"""The neural network. The only room with torch and dgl; importing it imports neither."""

import importlib.util
import os
import sys

# Before torch is imported: else dgl writes a file into the home folder …
os.environ.setdefault("DGLBACKEND", "pytorch")
# … and threads that wait for each other burn their core, which makes a training ten times slower
# as soon as anything else runs on a machine with few cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if sys.platform == "darwin":
    # … and torch and scikit-learn bring an OpenMP each, of which the second ends the process.
    os.environ.setdefault("KMP_DUPLICATE_LIB_OK", "TRUE")

# DGL's wheels end at Python 3.11. Beyond, torch draws the same samples, see ``sampling``.
HAS_DGL = importlib.util.find_spec("dgl") is not None
