"""Published figures stand beside what is measured, on the data set they are of and no other."""

from __future__ import annotations

from kgreview.experiments.benchmark_table import table
from kgreview.experiments.published import OPENEA_PAPER, published

MEASURED = {"name": "mine", "hits_at_1_tested": 0.5, "hits_at_10_tested": 0.75, "mrr_tested": 0.6}
CANDIDATES = {"pairs": 10, "recall": 1.0, "seconds": 1.0}


def test_a_data_set_of_openea_is_known_by_its_name_and_its_test_links() -> None:
    best = published("D_W_15K_V1", 10_500)[-1]
    assert (best.method, best.hits_at_1, best.hits_at_10, best.mrr) == (
        *("RDGCN", 0.5152, 0.71722, 0.584),
    )
    assert published("en-fr-15k-v2", 10_500)[0].method == "MTransE"
    assert published("D_W_15K_V1", 14) == ()
    assert published("films", 10_500) == ()


def test_every_published_figure_is_a_share_and_hits_at_10_are_no_fewer() -> None:
    for name in ("EN_FR", "EN_DE", "D_W", "D_Y"):
        for version in (1, 2):
            rows = published(f"{name}_15K_V{version}", 10_500)
            assert len(rows) == 5
            for row in rows:
                assert 0 < row.hits_at_1 < row.mrr < row.hits_at_10 < 1


def test_they_stand_in_one_table_with_what_is_measured() -> None:
    others = [vars(each) for each in published("D_W_15K_V1", 10_500)]
    report = {"dataset": "D_W_15K_V1", "candidates": CANDIDATES, "methods": [MEASURED]}
    lines = table({**report, "published": others})
    head = next(n for n, line in enumerate(lines) if "| source " in line or "source |" in line)
    assert lines[head + 2].split("|")[1].strip() == "mine"
    assert [cell.strip() for cell in lines[-1].split("|")[1:-1]] == [
        *("RDGCN", OPENEA_PAPER, "0.515", "0.717", "0.584"),
    ]
    assert not any("source" in line for line in table(report))
