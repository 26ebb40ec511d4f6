"""All methods of ``kgreview benchmark`` by name, and where they are."""

from __future__ import annotations

import importlib
import importlib.util

from kgreview.aligner import HAS_DGL
from kgreview.aligner.baselines.dataset import Method
from kgreview.aligner.baselines.own import is_own, load_own
from kgreview.errors import InputError

# Modules are imported when a method is run: those without a network are measured without torch.
_PLACES = {
    "cosine": "cosine:cosine",
    "paris": "paris:paris",
    "magellan": "trees:magellan",
    "boosting": "trees:boosting",
    "boosting-rivals": "boosting_rivals:boosting_rivals",
    "feature-nn": "feature_nn:feature_nn",
    "graphsage": "graphsage:graphsage",
    "r-graphsage": "r_graphsage:r_graphsage",
    "gat": "gat:gat",
    "rgcn": "rgcn:rgcn",
    "gcn-align": "gcn_align:gcn_align",
}
_ALIGNERS = {
    "cg-mualign-paper": "cg_mualign:paper",
    "cg-mualign-paper-no-cross": "cg_mualign:no_cross",
    "cg-mualign-paper-no-self": "cg_mualign:no_self",
    "cg-mualign-paper-uniform-sampling": "cg_mualign:uniform_sampling",
    "kgreview": "kgreview:kgreview",
}
if importlib.util.find_spec("kgreview.aligner.model") is not None:
    _PLACES |= _ALIGNERS

METHODS = tuple(_PLACES)
_ON_DGL = ("feature-nn", "graphsage", "r-graphsage", "gat", "rgcn", "gcn-align")
MISSING = () if HAS_DGL else _ON_DGL  # methods that cannot run here
RUNNABLE = tuple(name for name in METHODS if name not in MISSING)
NEEDS_DGL = "DGL, which has no wheels beyond Python 3.11: use Python 3.11 for"
# nothing in them is drawn: one run says all
SEEDLESS = frozenset({"cosine", "paris", "boosting", "boosting-rivals"})


def method(name: str) -> Method:
    """Find a method by its name, or by the place of one of the user's own.

    Raises ``InputError`` for a name there is not, for a place where none is, and for a method
    whose library is not installed.
    """
    if is_own(name):
        return load_own(name)
    if name not in _PLACES:
        raise InputError(
            f"there is no method {name!r}; there are {', '.join(METHODS)}, and your own as "
            "package.module:function"
        )
    if name in MISSING:
        raise InputError(f"method {name} needs {NEEDS_DGL} it")
    module, function = _PLACES[name].split(":")
    train: Method = getattr(
        importlib.import_module(f"kgreview.aligner.baselines.{module}"), function
    )
    return train
