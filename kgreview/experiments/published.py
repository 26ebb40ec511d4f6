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
_TEST_LINKS = 10_500  # of each set and fold
# by set and method Hits@1, Hits@10 and MRR, each by its digits behind the point
_OPENEA = """\
              MTransE          GCN-Align        BootEA           MultiKE          RDGCN
EN_FR_15K_V1  24678 56396 351  33804 68000 451  50705 79385 603  74865 84337 782  75546 87971 800
EN_DE_15K_V1  30682 61019 407  48147 75278 571  67471 86473 740  75573 82829 782  82954 91482 859
D_W_15K_V1    25918 54057 354  36446 64848 461  57232 79293 649  41084 58307 468  51520 71722 584
D_Y_15K_V1    46345 73347 559  46526 66074 536  73912 87183 788  90253 94950 920  93128 97398 949
EN_FR_15K_V2  24036 52507 336  41406 79554 542  65988 90554 745  86398 92381 885  84688 93387 880
EN_DE_15K_V2  19257 43069 274  53358 77952 618  83309 93581 869  75505 83539 784  83284 90529 860
D_W_15K_V2    27074 58356 376  50621 81806 612  82072 95000 867  49467 72442 569  62345 80530 684
D_Y_15K_V2    44330 70703 533  87459 96316 907  95785 99019 969  85642 92667 881  93573 97312 950
"""


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
    methods, *sets = (line.split() for line in _OPENEA.splitlines())
    by_set = {name: [float(f"0.{digits}") for digits in of_set] for name, *of_set in sets}
    figures = by_set.get(dataset.upper().replace("-", "_"), [])
    if test_links != _TEST_LINKS:
        return ()
    return tuple(
        Published(method, OPENEA_PAPER, *figures[at : at + 3])
        for at, method in zip(range(0, len(figures), 3), methods, strict=False)
    )
