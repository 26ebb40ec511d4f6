from __future__ import annotations

import csv
import json
import math
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgreview.evaluation.audit import Interval
from kgreview.exchange.alignment import What
from kgreview.exchange.export import Measured
from kgreview.exchange.export_sssom import write_sssom_json, write_sssom_table
from kgreview.exchange.links import read_known_links
from kgreview.exchange.resolved_links import Judged, NoCounterpart
from kgreview.exchange.writing import Target
from kgreview.progress import silent, unheard
from kgreview.store.outcomes import QUALIFIED, Outcome

from .conftest import decision

ROOT = Path(__file__).resolve().parents[2]


def written(tmp_path, export, name="films.sssom.tsv"):
    path = tmp_path / name
    write = write_sssom_json if ".json" in name else write_sssom_table
    write(Target(path, name.endswith(".gz"), silent, unheard), export)
    return path


def table(path):
    lines = path.read_text("utf-8").split("\n")
    head = [line[1:] for line in lines if line.startswith("#")]
    rows = csv.DictReader(lines[len(head) :], delimiter="\t")
    return yaml.safe_load("\n".join(head)), [
        {slot: value for slot, value in row.items() if value} for row in rows
    ]


def test_a_row_for_each_justification(tmp_path, make_export):
    metadata, rows = table(written(tmp_path, make_export()))
    ends = [
        {
            "subject_id": f"lib:l{n}",
            "subject_label": f"Film {n}",
            "predicate_id": "owl:sameAs",
            "object_id": f"m:r{n}",
            "object_label": f"=Film, {n}",
        }
        for n in range(5)
    ]
    ada = {
        "mapping_justification": "semapv:ManualMappingCuration",
        "author_id": "curator:Ada%20L%7Covelace",
        "author_label": r"Ada L\|ovelace",
        "mapping_date": "2026-11-27",
    }
    network = {
        "mapping_justification": "semapv:CompositeMatching",
        "mapping_tool": "kgreview",
        "mapping_tool_version": "0.1.0 v3",
    }
    assert rows == [
        ends[0] | ada | {"comment": "same\tyear", "curation_rule_text": r"a\|b"},
        ends[0]
        | {
            "mapping_justification": "semapv:MappingReview",
            "reviewer_id": "orcid:0000-0002-1825-0097",
            "reviewer_label": "0000-0002-1825-0097",
            "mapping_date": "2026-11-27",
        },
        ends[0] | network | {"confidence": "0.875"},
        ends[1] | {"mapping_justification": "semapv:UnspecifiedMatching"},
        ends[2] | network | {"confidence": "0.9375"},
        ends[3] | ada | {"predicate_modifier": "Not"},
        ends[4]
        | network
        | {
            "confidence": "0.5",
            "reviewer_id": "curator:Ada%20L%7Covelace",
            "reviewer_label": r"Ada L\|ovelace",
            "reviewer_agreement": "0.0",
            "comment": "no year",
        },
        {
            "subject_id": "lib:l5",
            "subject_label": "Film 5",
            "predicate_id": "owl:sameAs",
            "object_id": "sssom:NoTermFound",
            "mapping_cardinality": "1:0",
            "comment": "lost",
        }
        | ada,
    ]
    assert metadata["curie_map"]["lib"] == "urn:kgreview:my-films:left:lib:"
    assert metadata["curie_map"]["m"] == "http://two.example/m#"
    assert metadata["mapping_set_id"] == "urn:kgreview:my-films:mappings"
    assert metadata["license"] == "https://w3id.org/sssom/license/unspecified"
    assert "mapping_set_confidence" not in metadata


def test_metadata_says_what_it_rests_on(tmp_path, make_export):
    measured = Measured(Interval(0.9812, 0.95, 0.99), "the audit sample (80 entities)")
    export = make_export(
        measured=measured,
        license="https://creativecommons.org/licenses/by/4.0/",
        predicate="exactMatch",
        orcids={"Ada L|ovelace": "https://orcid.org/0000-0001-5109-3700"},
    )
    metadata, rows = table(written(tmp_path, export))
    assert metadata["mapping_set_confidence"] == 0.9812
    assert metadata["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert "Precision 98.1 % (95.0 to 99.0 %; 95 %) by the audit sample" in metadata["comment"]
    assert "by version v3 from the score 0.5 on (as given)" in metadata["comment"]
    assert {row["predicate_id"] for row in rows} == {"skos:exactMatch"}
    assert rows[0]["author_id"] == "orcid:0000-0001-5109-3700"
    export = make_export(measured=Measured(Interval(math.nan, 0.2, 1.0), "the audit sample"))
    assert "mapping_set_confidence" not in table(written(tmp_path, export))[0]


def test_the_accepted_part_has_matches_alone(tmp_path, make_export):
    rows = table(written(tmp_path, make_export(What.ACCEPTED)))[1]
    assert [row["object_id"] for row in rows] == ["m:r0", "m:r0", "m:r0", "m:r1"]


def test_json_says_the_same_with_lists_where_there_may_be_several(tmp_path, make_export):
    export = make_export()
    rows = table(written(tmp_path, export))[1]
    found = json.loads(written(tmp_path, export, "films.sssom.json").read_text("utf-8"))
    assert len(found["mappings"]) == len(rows)
    assert found["mappings"][0]["author_label"] == ["Ada L|ovelace"]
    assert found["mappings"][2]["confidence"] == 0.875
    assert found["@context"]["lib"] == "urn:kgreview:my-films:left:lib:"
    assert found["mapping_set_title"] == "My films"
    empty = make_export(decisions=())
    assert json.loads(written(tmp_path, empty, "e.json").read_text("utf-8"))["mappings"] == []


@pytest.mark.parametrize("name", ["films.sssom.tsv", "films.sssom.tsv.gz", "films.sssom.json"])
def test_read_back_it_says_what_was_decided(tmp_path, make_export, name):
    export = make_export()
    said = []
    path = written(tmp_path, export, name)
    known = read_known_links({"train": [path]}, export.left, export.right, notice=said.append)
    links = known.links["train"]
    assert list(zip(links.left, links.right, links.label, strict=True)) == [
        *((0, 0, 1), (1, 1, 1), (3, 3, 0)),
    ]
    assert known.no_counterpart == (NoCounterpart("lib:l5", "Ada L|ovelace", "lost"),)
    right = "http://two.example/m#r"
    assert known.judged == (
        Judged("lib:l0", f"{right}0", "match", "Ada L|ovelace", "a|b", "same\tyear"),
        Judged("lib:l0", f"{right}0", "match", "0000-0002-1825-0097", "", ""),
        Judged("lib:l3", f"{right}3", "no_match", "Ada L|ovelace", "", ""),
        Judged("lib:l4", f"{right}4", "unsure", "Ada L|ovelace", "", "no year"),
    )
    assert said == [f"{path}: 3 rows left out: a network's own prediction"]


def test_what_another_tool_wrote_is_links_and_no_decision_of_this_project(tmp_path, make_export):
    export = make_export()
    path = written(tmp_path, export)
    text = path.read_text("utf-8").replace(
        "mapping_set_id: urn:kgreview:", "mapping_set_id: urn:x:"
    )
    path.write_text(text, encoding="utf-8")
    known = read_known_links({"train": [path]}, export.left, export.right)
    assert len(known.links["train"]) == 3
    assert known.judged == ()


VALIDATE = """
import logging, sys
from sssom.parsers import parse_sssom_json, parse_sssom_table
from sssom.validators import validate

parse = parse_sssom_json if sys.argv[1].endswith("json") else parse_sssom_table
found = parse(sys.argv[1])
validate(found)
print(len(found.df), found.metadata["mapping_set_title"])
"""


@pytest.fixture(scope="session")
def sssom() -> Path:
    """The programs of sssom-py, which has a place of its own: it brings a hundred packages."""
    own = ROOT / ".venv-sssom" / "bin"
    if (own / "sssom").exists():
        return own
    if os.environ.get("CI"):
        pytest.fail("CI needs sssom-py to validate what is exported: run `make sssom`")
    pytest.skip("no sssom-py found: exports are not validated (`make sssom` installs it)")


@pytest.mark.parametrize("name", ["films.sssom.tsv", "films.sssom.json"])
def test_what_is_written_is_valid_by_sssom_py(tmp_path, make_export, sssom, name):
    measured = Measured(Interval(0.98, 0.95, 0.99), "the audit sample (80 entities)")
    path = written(tmp_path, make_export(measured=measured), name)
    command = [sssom / "python", "-W", "ignore", "-c", VALIDATE, path]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    # what is not well-formed it leaves out, with a word: so its rows are counted
    assert (run.returncode, run.stdout, run.stderr) == (0, "8 My films\n", "")


def test_the_command_of_sssom_py_finds_no_fault_and_would_tell_one(tmp_path, make_export, sssom):
    path = written(tmp_path, make_export())
    command = [sssom / "sssom", "validate", path]
    assert (
        "well-formed"
        not in subprocess.run(command, capture_output=True, text=True, check=True).stderr
    )
    path.write_text(path.read_text("utf-8").replace("0.9375", "9.375"), encoding="utf-8")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


OUTCOMES = st.sampled_from([*QUALIFIED, Outcome.MATCH, Outcome.NO_MATCH])
PAIRS = st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(["Ada", "Bob"]))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.dictionaries(PAIRS, OUTCOMES, min_size=1, max_size=8),
    name=st.sampled_from(["films.sssom.tsv", "films.sssom.json"]),
    turned=st.booleans(),
)
def test_what_is_qualified_comes_back_as_it_was_said(tmp_path, make_export, told, name, turned):
    right = "http://two.example/m#r"
    said = [
        decision(f"lib:l{left}", f"{right}{other}", outcome, who)
        for (left, other, who), outcome in told.items()
    ]
    export = make_export(decisions=said)
    path = written(tmp_path, export, name)
    graphs = (export.right, export.left) if turned else (export.left, export.right)
    known = read_known_links({"train": [path]}, *graphs)
    # a file of one project read for another where left and right are the other way round
    assert sorted((j.left, j.right, j.outcome, j.curator) for j in known.judged) == sorted(
        (d.right, d.left, d.outcome.turned, d.curator)
        if turned
        else (d.left, d.right, d.outcome, d.curator)
        for d in said
    )
    (links,) = known.links.values()
    qualified = {(d.left, d.right) for d in said if d.outcome in QUALIFIED}
    exact = {(d.left, d.right) for d in said if d.outcome not in QUALIFIED}
    ids = {
        tuple(sorted((graphs[0].id(a), graphs[1].id(b))))
        for a, b in zip(links.left, links.right, strict=True)
    }
    assert not ids & {tuple(sorted(pair)) for pair in qualified - exact}


def test_a_qualified_match_has_its_own_predicate(tmp_path, make_export):
    said = [decision("lib:l0", "http://two.example/m#r0", Outcome.BROADER, note="a cut")]
    (row,) = table(written(tmp_path, make_export(decisions=said)))[1]
    assert (row["predicate_id"], row["comment"]) == ("skos:broadMatch", "a cut")
    assert "predicate_modifier" not in row
