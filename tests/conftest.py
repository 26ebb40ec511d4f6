"""What several rooms' tests share: sample projects, trained once, and where real data lies."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

import kgreview.aligner  # noqa: F401 - settles how torch waits, before torch is imported
from kgreview.aligner.settings import QUICK, AlignerSettings
from kgreview.graph.knowledge_graph import KnowledgeGraph
from kgreview.store import database
from tests.app_servers import AppServers

pytest_plugins = ("tests.films",)  # a project of films, in any room

if "PYTEST_XDIST_WORKER" in os.environ:  # a core each: more threads would wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")
# what tests decide need not outlive the power: to wait for the disk takes most of their minutes
database.DURABLE = database.SPARED = "OFF"
# a busy machine is slow, not wrong
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Share the tests out between the processes of a run, and order them.

    All in the browser go to one, which begins with them: two browsers with their servers wait for
    each other's processor, while a browser beside what only computes leaves none idle. The others
    go by file, those of slow tests first, so that no process is left alone with one at the end.
    A test in the browser may fail twice before it counts: on a busy machine clicks are lost.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    in_browser = {item for item in items if "browser" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: (item not in in_browser, item.path not in slow))
    for item in items:
        group = "browser" if item in in_browser else item.path.relative_to(ROOT).as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
        if item in in_browser:
            item.add_marker(pytest.mark.flaky(reruns=2))


MakeGraph = Callable[..., KnowledgeGraph]


@pytest.fixture
def make_graph() -> MakeGraph:
    """Build a graph from (id, type), (id, attribute, value) and (head, relation, tail).

    ``tags``: the language or datatype of each value.
    """

    def make(
        entities: Sequence[tuple[str, str]],
        values: Sequence[tuple[str, str, str]] = (),
        edges: Sequence[tuple[str, str, str]] = (),
        tags: Sequence[str] = (),
    ) -> KnowledgeGraph:
        row = {entity: i for i, (entity, _) in enumerate(entities)}
        string = pa.large_string()
        return KnowledgeGraph.from_columns(
            ids=pa.array([entity for entity, _ in entities], type=string),
            types=pa.array([name for _, name in entities], type=string),
            value_entities=np.array([row[entity] for entity, _, _ in values], dtype=np.int64),
            value_attributes=pa.array([attribute for _, attribute, _ in values], type=string),
            values=pa.array([value for _, _, value in values], type=string),
            edge_heads=np.array([row[head] for head, _, _ in edges], dtype=np.int64),
            edge_relations=pa.array([relation for _, relation, _ in edges], type=string),
            edge_tails=np.array([row[tail] for _, _, tail in edges], dtype=np.int64),
            value_tags=pa.array(tags, type=string) if tags else None,
        )

    return make


ROOT = Path(__file__).resolve().parents[1]
SAMPLE_DATA = ROOT / "sample_data"
BENCHMARKS = ROOT.parent / "shared" / "benchmarks"


@pytest.fixture(scope="session")
def benchmarks() -> Path:
    """The folder of real graph pairs, which is not part of the project."""
    if not BENCHMARKS.is_dir():
        pytest.skip(f"no real graph pairs at {BENCHMARKS}: figures on real data are not checked")
    return BENCHMARKS


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium. Without it these tests skip on a user's machine and fail in CI."""
    on_a_mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    for name in ("chromium", "chromium-browser", "google-chrome", on_a_mac):
        found = shutil.which(name)
        if found:
            return found
    if os.environ.get("CI"):
        pytest.fail("CI needs a Chromium for the browser tests: install the package chromium")
    pytest.skip("no Chromium found: the pages are not checked in a browser (install chromium)")


@pytest.fixture(scope="session")
def app_servers() -> Iterator[AppServers]:
    """What starts servers of the app."""
    servers = AppServers()
    yield servers
    servers.close()


def _rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair folder with the sample's artists and albums alone, which trains in a few seconds."""
    folder = tmp_path_factory.mktemp("records")

    def cut(table: str, kept: Callable[[list[str]], bool]) -> set[str]:
        header, *rows = _rows(SAMPLE_DATA / table)
        rows = [row for row in rows if kept(row)]
        (folder / table).parent.mkdir(exist_ok=True)
        text = "".join("\t".join(row) + "\n" for row in (header, *rows))
        (folder / table).write_text(text, encoding="utf-8")
        return {row[0] for row in rows}

    known: dict[str, set[str]] = {}
    for side in ("left", "right"):
        ids = cut(f"{side}/entities.tsv", lambda row: row[1] in {"artist", "album"})
        cut(f"{side}/attributes.tsv", lambda row, ids=ids: row[0] in ids)  # type: ignore[misc]
        cut(f"{side}/relations.tsv", lambda row, ids=ids: {row[0], row[2]} <= ids)  # type: ignore[misc]
        known[side] = ids
    for split in ("train", "valid", "test"):
        cut(f"links/{split}.tsv", lambda row: row[0] in known["left"] and row[1] in known["right"])
    return folder


@pytest.fixture(scope="session")
def few_steps() -> AlignerSettings:
    """A training of a few seconds, for what is true of any network."""
    return AlignerSettings(members=2, epochs=4, steps=60, trees=50, last_trees=20)


def _made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Make a folder once for all processes of a run of tests; who comes meanwhile waits for it."""
    own = factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    path = shared / f"made-{name}"
    with FileLock(shared / f"made-{name}.lock"):
        if not path.exists():  # it comes here whole: what fails on the way is made anew
            making = factory.mktemp(name) / "project"
            make(making)
            making.rename(path)
    return path


@pytest.fixture(scope="session")
def _trained_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from kgreview.pipeline.run import make_ready

    def make(path: Path) -> None:
        make_ready(path, SAMPLE_DATA, name="Sample", settings=QUICK, device="cpu")

    return _made_once(tmp_path_factory, "sample", make)


@pytest.fixture(scope="session")
def _trained_records(
    records: Path, few_steps: AlignerSettings, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    from kgreview.pipeline.run import make_ready

    def make(path: Path) -> None:
        make_ready(path, records, settings=few_steps, device="cpu")

    return _made_once(tmp_path_factory, "small_sample", make)


@pytest.fixture
def sample(_trained_sample: Path, tmp_path: Path) -> Path:
    """A trained sample project of the test's own (copying the folder copies the project)."""
    return Path(shutil.copytree(_trained_sample, tmp_path / "sample"))


@pytest.fixture
def small_sample(_trained_records: Path, tmp_path: Path) -> Path:
    """The same of artists and albums alone, for what is true of any trained project."""
    return Path(shutil.copytree(_trained_records, tmp_path / "small_sample"))


FILMS = (
    # left name, right name, year, director
    ("Solaris", "Solaris", "1972", "Andrei Tarkovsky"),
    ("Stalker", "Сталкер", "1979", "Andrei Tarkovsky"),
    ("The Mirror", "Mirror, The", "1975", "Andrei Tarkovsky"),
    ("Amélie", "Amelie", "2001", "Jean-Pierre Jeunet"),
    ("Delicatessen", "Delicatessen", "1991", "Jean-Pierre Jeunet"),
    ("<b>=1+1</b>", "<script>alert(1)</script>", "1999", "Nobody & Sons"),
    ("Playtime", "Trafic", "1967", "Jacques Tati"),
)


def _write_films(folder: Path, side: int) -> None:
    """Films with a year, and who directed them; the right side has web addresses for ids."""
    base = ("f", "https://films.example/id/")[side]
    kind = ("film", "movie")[side]
    directors = sorted({film[3] for film in FILMS})
    entities = [f"{base}{i}\t{kind}" for i in range(len(FILMS))]
    entities += [f"{base}p{i}\tperson" for i in range(len(directors))]
    values = [f"{base}{i}\ttitle\t{film[side]}" for i, film in enumerate(FILMS)]
    values += [f"{base}{i}\tyear\t{film[2]}" for i, film in enumerate(FILMS)]
    values += [f"{base}p{i}\tname\t{name}" for i, name in enumerate(directors)]
    edges = [
        f"{base}{i}\tdirector\t{base}p{directors.index(film[3])}" for i, film in enumerate(FILMS)
    ]
    folder.mkdir(parents=True)
    for table, header, rows in (
        ("entities", "id\ttype", entities),
        ("attributes", "entity\tattribute\tvalue", values),
        ("relations", "head\trelation\ttail", edges),
    ):
        (folder / f"{table}.tsv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")


@pytest.fixture(scope="session")
def film_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables of seven films on either side, in ``left`` and ``right``."""
    folder = tmp_path_factory.mktemp("films")
    for place, side in enumerate(("left", "right")):
        _write_films(folder / side, place)
    return folder


@pytest.fixture(scope="session")
def _films_run(film_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from kgreview.pipeline.creation import create_project
    from kgreview.pipeline.run import run_project

    path = tmp_path_factory.mktemp("films_run") / "films"
    made = create_project(path, film_tables / "left", film_tables / "right", audit_share=0)
    run_project(made, device="cpu")
    return path


@pytest.fixture
def films(_films_run: Path, tmp_path: Path) -> Path:
    """A project of seven films on either side, scored by the likeness of values."""
    return Path(shutil.copytree(_films_run, tmp_path / "films"))
