"""A trained aligner on disk: weights as safetensors, everything else as JSON. No pickle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from kgreview.aligner.correspondence import Correspondence
from kgreview.aligner.explanation import WEIGHTS
from kgreview.aligner.joint_graph import JointGraph, Vocabulary
from kgreview.aligner.model import Aligner
from kgreview.aligner.own import OwnModel
from kgreview.aligner.settings import AlignerSettings
from kgreview.errors import KGReviewError
from kgreview.evaluation.calibration import Calibration

_FORMAT = 7
_SETTINGS = "network.json"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """An aligner with all it needs to score again: vocabularies, calibration, threshold."""

    model: Aligner
    features: int  # width of layer 0
    type_names: tuple[str, ...]
    relation_names: tuple[str, ...]
    similarity_names: tuple[str, ...]
    calibration: Calibration
    threshold: float  # probability from which on a pair counts as a match

    def save(self, folder: Path) -> None:
        """Write weights and settings into a folder that exists."""
        state = self.model.state_dict()
        weights = {name: tensor.cpu().contiguous() for name, tensor in state.items()}
        save_file(weights, folder / WEIGHTS)
        (folder / _SETTINGS).write_text(
            json.dumps(
                {
                    "format": _FORMAT,
                    "settings": self.model.settings.to_json(),
                    "own": self.model.own.columns,
                    "own_names": self.model.own.names,
                    "ranked": self.model.own.ranked,
                    "last": len(self.model.trees.members),
                    "features": self.features,
                    "types": self.type_names,
                    "relations": self.relation_names,
                    "similarities": self.similarity_names,
                    "calibration": self.calibration.to_json(),
                    "threshold": self.threshold,
                },
                indent=1,
                ensure_ascii=False,
            ),
            encoding="utf-8",
        )

    @classmethod
    def load(cls, folder: Path) -> Checkpoint:
        """Rebuild a saved aligner on the CPU. Raises ``KGReviewError`` where files are damaged."""
        try:
            values = json.loads((folder / _SETTINGS).read_text(encoding="utf-8"))
            if values["format"] != _FORMAT:
                raise KGReviewError(
                    f"{folder}: is of another release; run `kgreview train` to train anew"
                )
            settings = AlignerSettings.from_json(values["settings"])
            weights = load_file(folder / WEIGHTS)
            relations = max(1, 2 * len(values["relations"]))
            model = Aligner(
                OwnModel(
                    values["own"],
                    values["ranked"],
                    settings,
                    values["own_names"],
                    len(weights["own.linear.words"]),
                ),
                Correspondence(relations, len(weights["correspondence.table"]) - 1),
                len(values["types"]),
                relations,
                settings,
                len(weights["label_features.label"]),
                values["last"],
            )
            model.load_state_dict(weights)
            model.eval()
            return cls(
                model=model,
                features=values["features"],
                type_names=tuple(values["types"]),
                relation_names=tuple(values["relations"]),
                similarity_names=tuple(values["similarities"]),
                calibration=Calibration.from_json(values["calibration"]),
                threshold=float(values["threshold"]),
            )
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            why = " ".join(str(error).split())  # torch says a line for each weight
            raise KGReviewError(
                f"{folder}: the network cannot be read ({why}); train again or go back to "
                "another version"
            ) from error

    def is_finite(self) -> bool:
        """Whether all weights are numbers."""
        weights = self.model.state_dict().values()
        return all(bool(each.isfinite().all()) for each in weights if each.is_floating_point())

    def check_fits(self, joint: JointGraph | Vocabulary, similarity_names: tuple[str, ...]) -> None:
        """Raise ``KGReviewError`` where graphs or similarities are not those it was trained on."""
        for what, own, given in (
            ("types", self.type_names, joint.type_names),
            ("relations", self.relation_names, joint.relation_names),
            ("similarities", self.similarity_names, similarity_names),
        ):
            if own != given:
                raise KGReviewError(
                    f"this version of the network knows other {what} than the project has now; "
                    "run `kgreview train` to train anew"
                )
