"""What a pair folder is: two graphs and the links between them, in whichever layout."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kgreview.errors import InputError
from kgreview.exchange.division import SPLITS, divide, set_aside
from kgreview.exchange.files import the_one
from kgreview.exchange.forms import SourceOptions
from kgreview.exchange.links import KnownLinks
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.graph.links import Links
from kgreview.graph.quoting import counted, listed
from kgreview.progress import Notice, Progress, about, silent, unheard

ALL = "all"  # in the place of a split: files that say nothing of splits

LinkFiles = Mapping[str, Sequence[Path]]  # by split, or under ALL
ReadGraph = Callable[[Progress, Notice], KnowledgeGraph]
ReadLinkFiles = Callable[[LinkFiles, KnowledgeGraph, KnowledgeGraph, Progress, Notice], KnownLinks]


_AS_IT_IS = SourceOptions()


@dataclass(frozen=True)
class PairOptions:
    """How a pair folder is to be read, where it does not say so itself."""

    fold: str | None = None  # of several divisions of the same links, "1" or "721_5fold/1"
    left: SourceOptions = _AS_IT_IS
    right: SourceOptions = _AS_IT_IS
    links_format: str | None = None


@dataclass(frozen=True)
class PairFolder:
    """A pair folder, looked into and not read yet: each part is read when it is asked for.

    This is the one place that decides which links are for training, validation and testing.
    """

    path: Path
    title: str  # of its form, for messages
    read_left: ReadGraph
    read_right: ReadGraph
    link_files: LinkFiles
    read_link_files: ReadLinkFiles
    passed_over: tuple[str, ...] = ()  # names of what lies in it and is not read
    sources: tuple[Path, Path] | None = None  # of the two graphs, where each has its own

    @property
    def name(self) -> str:
        """What a data set in this folder is called."""
        return self.path.resolve().name

    @property
    def splits(self) -> tuple[str, ...]:
        """Give the splits that there are links for, named by files or made by division."""
        if ALL in self.link_files:
            return SPLITS
        made = {"valid"} if "train" in self.link_files else set()
        return tuple(split for split in SPLITS if split in self.link_files or split in made)

    def read_graphs(
        self, progress: Progress = silent, notice: Notice = unheard
    ) -> tuple[KnowledgeGraph, KnowledgeGraph]:
        """Read both graphs; ``notice`` hears of either what its reader says, by its side."""
        if self.passed_over:
            notice(f"{self.path}: passed over ({listed(self.passed_over)})")
        left, right = self.sources or (f"{self.path}, left", f"{self.path}, right")
        return (
            self.read_left(progress, about(left, notice)),
            self.read_right(progress, about(right, notice)),
        )

    def read_links(
        self,
        splits: Sequence[str],
        left: KnowledgeGraph,
        right: KnowledgeGraph,
        progress: Progress = silent,
        notice: Notice = unheard,
    ) -> KnownLinks:
        """Read the links of some splits, and no file of another split; none where there is none.

        Links that no file divides are divided here by left entity, 20 : 10 : 70, and where only
        validation links are missing a fifth of those to train with is set aside.
        """
        links_of_files = self.read_link_files(self._files_of(splits), left, right, progress, notice)
        links = dict(links_of_files.links)
        if ALL in links:
            links = divide(links[ALL])
            notice(self._divided(links))
        elif "train" in links and "valid" not in self.link_files:
            links |= set_aside(links["train"])
            if "valid" in splits:
                notice(
                    f"{self.path}: names no links to validate with; a fifth of those to train "
                    f"with, by left entity, is set aside ({counted(len(links['valid']), 'link')})"
                )
        wanted = {split: links.get(split, Links.empty()) for split in splits}
        return dataclasses.replace(links_of_files, links=wanted)

    def without_links(self) -> PairFolder:
        """Give the same graphs as if nothing were known between them."""
        return dataclasses.replace(self, link_files={})

    def _files_of(self, splits: Sequence[str]) -> LinkFiles:
        files = {
            split: self.link_files[split] for split in (*splits, ALL) if split in self.link_files
        }
        if "valid" in splits and "valid" not in self.link_files and "train" in self.link_files:
            files["train"] = self.link_files["train"]
        return files

    def _divided(self, links: Mapping[str, Links]) -> str:
        sizes = ", ".join(f"{len(part):,} to {split}" for split, part in links.items())
        names = ", ".join(file.name for file in self.link_files[ALL])
        return (
            f"{self.path}: no file divides the links of {names}; they are divided by left entity, "
            f"20 : 10 : 70, the same way each time ({sizes})"
        )


class PairForm(NamedTuple):
    """One layout of pair folders."""

    title: str
    recognises: Callable[[Path], bool]
    open: Callable[[Path, PairOptions], PairFolder]


def stem(path: Path) -> str:
    """Give the name of a file without its endings, in small letters."""
    return path.name.lower().split(".")[0]


def links_by_split(
    folder: Path, files: Iterable[Path], names: Mapping[str, Collection[str]]
) -> dict[str, Sequence[Path]]:
    """Find the file of each split that has one; ``names``: what it may be called.

    Raises ``InputError`` where a split has several.
    """
    files = list(files)
    by_split = {
        split: the_one(folder, (file for file in files if stem(file) in stems))
        for split, stems in names.items()
    }
    return {split: [file] for split, file in by_split.items() if file is not None}


def refuse_source_options(path: Path, title: str, options: PairOptions) -> None:
    """Raise ``InputError`` for options on how sources are to be read, where a layout tells it."""
    if options.links_format or options.left != _AS_IT_IS or options.right != _AS_IT_IS:
        what = f"is {title}, which tells how it is read; leave out --format and its like"
        raise InputError.at(path, what)


def refuse_fold(path: Path, title: str, options: PairOptions) -> None:
    """Raise ``InputError`` for the choice of a fold where there is none."""
    if options.fold is not None:
        raise InputError.at(path, f"is {title} without folds; leave out --fold")
