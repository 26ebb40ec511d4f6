"""Figures on links that were kept apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kgreview.errors import KGReviewError
from kgreview.workflow.evaluation import evaluate_project
from kgreview.workflow.project import Project


def test_scores_of_other_candidates_are_not_measured(small_sample: Path, records: Path) -> None:
    links = records / "links" / "test.tsv"
    assert evaluate_project(Project.open(small_sample), links).prauc > 0.5
    file = small_sample / "candidates" / "similarities.npy"
    other = np.load(file)
    other[0, 0] = 0.25
    np.save(file, other)
    with pytest.raises(KGReviewError, match="v1 has not scored the present candidates"):
        evaluate_project(Project.open(small_sample), links)
