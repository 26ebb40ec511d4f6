"""Figures that others have published for data sets of which kgreview can read the folder.

OpenEA's 15K sets, means over five folds, from ``docs/detailed_results_current_approaches_15K.csv``
of github.com/nju-websoft/OpenEA, the detailed results of Sun et al., "A Benchmarking Study of
Embedding-based Entity Alignment for Knowledge Graphs", PVLDB 13(11), 2020. They were measured on
version 1.1 of the data, whose IRIs of DBpedia and YAGO tell names, and rank the right entity of a
test link among those of the test links.
"""

from __future__ import annotations

from dataclasses import dataclass

OPENEA_PAPER = "Sun et al., PVLDB 13(11), 2020"
_METHODS = ("MTransE", "GCN-Align", "BootEA", "MultiKE", "RDGCN")
_TEST_LINKS = 10_500  # of each set and fold
_OPENEA: dict[str, tuple[tuple[float, float, float], ...]] = {  # Hits@1, Hits@10, MRR by method
    "EN_FR_15K_V1": (
        (0.24678, 0.56396, 0.351),
        (0.33804, 0.68000, 0.451),
        (0.50705, 0.79385, 0.603),
        (0.74865, 0.84337, 0.782),
        (0.75546, 0.87971, 0.800),
    ),
    "EN_DE_15K_V1": (
        (0.30682, 0.61019, 0.407),
        (0.48147, 0.75278, 0.571),
        (0.67471, 0.86473, 0.740),
        (0.75573, 0.82829, 0.782),
        (0.82954, 0.91482, 0.859),
    ),
    "D_W_15K_V1": (
        (0.25918, 0.54057, 0.354),
        (0.36446, 0.64848, 0.461),
        (0.57232, 0.79293, 0.649),
        (0.41084, 0.58307, 0.468),
        (0.51520, 0.71722, 0.584),
    ),
    "D_Y_15K_V1": (
        (0.46345, 0.73347, 0.559),
        (0.46526, 0.66074, 0.536),
        (0.73912, 0.87183, 0.788),
        (0.90253, 0.94950, 0.920),
        (0.93128, 0.97398, 0.949),
    ),
    "EN_FR_15K_V2": (
        (0.24036, 0.52507, 0.336),
        (0.41406, 0.79554, 0.542),
        (0.65988, 0.90554, 0.745),
        (0.86398, 0.92381, 0.885),
        (0.84688, 0.93387, 0.880),
    ),
    "EN_DE_15K_V2": (
        (0.19257, 0.43069, 0.274),
        (0.53358, 0.77952, 0.618),
        (0.83309, 0.93581, 0.869),
        (0.75505, 0.83539, 0.784),
        (0.83284, 0.90529, 0.860),
    ),
    "D_W_15K_V2": (
        (0.27074, 0.58356, 0.376),
        (0.50621, 0.81806, 0.612),
        (0.82072, 0.95000, 0.867),
        (0.49467, 0.72442, 0.569),
        (0.62345, 0.80530, 0.684),
    ),
    "D_Y_15K_V2": (
        (0.44330, 0.70703, 0.533),
        (0.87459, 0.96316, 0.907),
        (0.95785, 0.99019, 0.969),
        (0.85642, 0.92667, 0.881),
        (0.93573, 0.97312, 0.950),
    ),
}


@dataclass(frozen=True)
class Published:
    """What a paper says of a method on a data set."""

    method: str
    paper: str
    hits_at_1: float
    hits_at_10: float
    mrr: float


def published(dataset: str, test_links: int) -> tuple[Published, ...]:
    """Give what was published of a data set, known by its name and the number of its test links."""
    figures = _OPENEA.get(dataset.upper().replace("-", "_"), ())
    if test_links != _TEST_LINKS:
        return ()
    return tuple(
        Published(method, OPENEA_PAPER, *of_method)
        for method, of_method in zip(_METHODS, figures, strict=False)
    )
