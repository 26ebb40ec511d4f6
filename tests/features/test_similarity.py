import numpy as np
import pytest

from kgreview.features.similarity import PairSimilarity, first_scores
from kgreview.graph.schema import Schema, TypePair
from kgreview.graph.suggestion import infer_schema


def compare(left, right, one, two, schema=None):
    similarity = PairSimilarity.fit(left, right, schema or infer_schema(left, right))
    found = similarity.compute(np.array(one), np.array(two))
    assert found.dtype == np.float32
    assert found.shape == (len(one), len(similarity.feature_names))
    return {name: found[:, i] for i, name in enumerate(similarity.feature_names)}


@pytest.fixture
def songs(make_graph):
    """Two catalogues: titles, length, price and date; the artist a node here, a value there."""
    left = make_graph(
        [("s1", "song"), ("s2", "song"), ("s3", "song"), ("x", "artist"), ("y", "artist")],
        [
            ("s1", "title", "Radioactive"),
            ("s1", "length", "3:07"),
            ("s1", "price", "$ 1.29"),
            ("s1", "released", "29-Oct-12"),
            ("s2", "title", "Yesterday Once More"),
            ("s2", "length", "4:00"),
            ("s2", "price", "$ 0.99"),
            ("s2", "released", "16-May-73"),
            ("x", "name", "Imagine Dragons"),
            ("y", "name", "The Carpenters"),
        ],
        [("s1", "by", "x"), ("s2", "by", "y"), ("s3", "by", "y")],
    )
    right = make_graph(
        [("t1", "song"), ("t2", "song"), ("t3", "song"), ("x", "person")],
        [
            ("t1", "title", "Radioactive (Remix 2)"),
            ("t1", "duration", "4:07"),
            ("t1", "cost", "1.29 USD"),
            ("t1", "date", "October 29 , 2013"),
            ("t1", "artist", "imagine dragons"),
            ("t2", "title", "Once More, Yesterday"),
            ("t2", "duration", "PT4M0S"),
            ("t2", "cost", "1.98"),
            ("t2", "date", "1973"),
            ("t2", "artist", "Carpenters, The"),
            ("x", "name", "Nobody"),
        ],
        [("t1", "written by", "x")],
    )
    return left, right


def test_the_same_words_in_another_order_are_alike(songs):
    found = compare(*songs, [1], [1])
    for measure in ("cosine", "token_sort", "word_cosine", "equal_words", "left_words_alike"):
        assert found[f"name: {measure}"][0] == pytest.approx(1), measure
    assert found["name: equal"][0] == 0
    assert found["name: ratio"][0] < 1


def test_words_on_one_side_alone_are_weighed(songs):
    found = compare(*songs, [0], [0])
    assert found["name: left_words_found"][0] == pytest.approx(1)
    assert found["name: right_words_found"][0] < 0.6
    assert found["name: rarest_left_word_alone"][0] == 0
    assert found["name: rarest_right_word_alone"][0] > 1
    assert found["name: numbers_agree"][0] == -1  # a 2 on one side only


def test_numbers_dates_and_durations_are_compared_in_their_units(songs):
    found = compare(*songs, [0, 1], [0, 1])
    np.testing.assert_allclose(
        found["length ~ duration: seconds_apart"], np.log1p([60, 0]), rtol=1e-3
    )
    np.testing.assert_allclose(found["price ~ cost: closeness"], [1, 0.5])
    np.testing.assert_allclose(found["price ~ cost: equal"], [1, 0])
    np.testing.assert_allclose(found["released ~ date: years_apart"], [1, 0])
    np.testing.assert_allclose(found["released ~ date: days_apart"][0], np.log1p(365), rtol=1e-3)
    assert np.isnan(found["released ~ date: days_apart"][1])  # a year has no day


def test_a_neighbour_here_is_compared_with_a_value_there(songs):
    found = compare(*songs, [0, 0, 1], [0, 1, 1])
    np.testing.assert_allclose(found["near artist ~ artist: best"], [1, 0, 1], atol=1e-6)
    np.testing.assert_allclose(found["near artist ~ artist: jaccard"], [1, 0, 1], atol=1e-6)
    assert found["near artist ~ artist: shared"][0] > 0


def test_what_a_side_lacks_is_nan(songs):
    found = compare(*songs, [2, 0], [2, 2])
    assert np.isnan(found["name: cosine"]).all()
    assert found["name: missing"].tolist() == [3, 2]
    assert np.isnan(found["price ~ cost: closeness"]).all()
    assert np.isnan(found["near artist ~ artist: best"]).all()
    assert not np.isnan(found["structure: degree_ratio"]).any()


def test_of_several_values_the_best_match_counts(make_graph):
    left = make_graph([("a", "band")], [("a", "name", "The Who"), ("a", "name", "High Numbers")])
    right = make_graph([("b", "band")], [("b", "name", "The High Numbers")])
    found = compare(left, right, [0], [0])
    assert found["name: left_words_found"][0] == pytest.approx(1)
    assert found["name: cosine"][0] > 0.8


def people(make_graph, film: str, *names: str):
    return make_graph(
        [(film, "film"), *((f"p {name}", "person") for name in names)],
        [(film, "title", "A Film"), *((f"p {name}", "name", name) for name in names)],
        [(film, "starring", f"p {name}") for name in names],
    )


def test_sets_of_neighbours_are_compared_by_best_match_and_by_exact_names(make_graph):
    left = people(make_graph, "f", "Ann Lee", "Bob Stone")
    right = people(make_graph, "g", "Lee, Ann", "Carla Quick", "Dora Brook", "Rob Stones")
    found = compare(left, right, [0], [0])
    assert found["near person ~ near person: best"][0] == pytest.approx(1)
    # the smaller side's two: one exact, one close
    assert 0.6 < found["near person ~ near person: mean_best"][0] < 1
    assert 0 < found["near person ~ near person: jaccard"][0] < 0.5


def test_the_order_of_values_relations_and_entities_does_not_matter(make_graph):
    names = ["Ann Lee", "Bob Stone", "Carla Quick"]
    left, right = people(make_graph, "f", *names), people(make_graph, "f", *names[::-1])
    one = compare(left, left, [0], [0])
    two = compare(left, right, [0], [0])
    assert one.keys() == two.keys()
    for name, values in one.items():
        np.testing.assert_allclose(two[name], values, rtol=1e-5, err_msg=name)


def test_a_pair_is_compared_alike_alone_and_among_others(songs, monkeypatch):
    left, right = songs
    similarity = PairSimilarity.fit(left, right, infer_schema(left, right))
    one, two = np.repeat(np.arange(5), 4), np.tile(np.arange(4), 5)
    together = similarity.compute(one, two)
    monkeypatch.setattr("kgreview.features.similarity.AT_ONCE", 3)
    np.testing.assert_allclose(similarity.compute(one, two), together, rtol=1e-5, atol=1e-6)
    alone = similarity.compute(one[6:7], two[6:7])
    np.testing.assert_allclose(alone[0], together[6], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("place", range(20))
def test_few_are_compared_as_among_all_by_the_same_fields(songs, place):
    left, right = songs
    schema = infer_schema(left, right)
    whole = PairSimilarity.fit(left, right, schema)
    one, two = np.array([place // 4]), np.array([place % 4])
    only = np.arange(5) == one, np.arange(4) == two
    few = PairSimilarity.fit(left, right, schema, names=whole.feature_names, only=only)
    np.testing.assert_array_equal(few.compute(one, two), whole.compute(one, two))
    assert few.covers(np.array([0, *one]), np.array([0, *two])).tolist() == [place == 0, True]
    assert whole.covers(one, two).tolist() == [True]


def test_no_pairs_and_empty_graphs_give_no_rows(make_graph, songs):
    assert len(compare(*songs, [], [])["name: cosine"]) == 0
    nothing = make_graph([])
    schema = Schema((TypePair("song", "song"),), {}, {})
    assert len(compare(nothing, nothing, [], [], schema)["name: cosine"]) == 0


def test_an_entity_without_name_value_or_neighbour_is_compared_without_error(make_graph):
    bare = make_graph([("a", "thing"), ("b", "thing")])
    found = compare(bare, bare, [0, 1], [1, 1])
    assert np.isnan(found["name: ratio"]).all()


def test_hostile_and_huge_names_are_compared_in_time(make_graph):
    names = ["<img src=x onerror=alert(1)>", "word " * 2000, "!!!", "\u202e", "🎬", " "]
    graph = make_graph(
        [(f"e{i}", "thing") for i in range(len(names))],
        [(f"e{i}", "name", name) for i, name in enumerate(names)],
    )
    rows = np.arange(len(names))
    found = compare(graph, graph, rows, rows)
    np.testing.assert_allclose(found["name: ratio"][[0, 1, 2, 4]], 1)


def test_an_entity_related_to_itself_is_no_neighbour_of_its_own_name(make_graph):
    graph = make_graph([("a", "thing")], [("a", "name", "Loop")], [("a", "like", "a")])
    found = compare(graph, graph, [0], [0])
    assert not any("near" in name for name in found)


def test_first_scores_order_pairs_without_any_link(songs):
    left, right = songs
    similarity = PairSimilarity.fit(left, right, infer_schema(left, right))
    scores = first_scores(
        similarity.compute(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 2])),
        similarity.feature_names,
    )
    assert ((scores > 0) & (scores < 1)).all()
    assert scores[3] == scores.max()  # the same song
    assert scores[0] > max(scores[1], scores[2])  # its remix is nearer than another song
    assert scores[4] < 0.1  # nothing is known


def test_every_similarity_counts_in_favour_of_first_scores(songs):
    left, right = songs
    similarity = PairSimilarity.fit(left, right, infer_schema(left, right))
    features = similarity.compute(np.array([0]), np.array([0]))
    before = first_scores(features, similarity.feature_names)[0]
    for i, name in enumerate(similarity.feature_names):
        if name.endswith((": cosine", ": jaccard", ": mean_best", ": closeness", ": equal")):
            more = features.copy()
            more[0, i] = np.nan_to_num(more[0, i]) + 0.1
            if not np.isnan(features[0, i]):
                assert first_scores(more, similarity.feature_names)[0] >= before, name


def test_features_come_in_parts_in_half_precision(songs, monkeypatch):
    left, right = songs
    similarity = PairSimilarity.fit(left, right, infer_schema(left, right))
    rows = np.array([0, 1, 0])
    whole = similarity.compute(rows, rows)
    monkeypatch.setattr("kgreview.features.similarity.AT_ONCE", 2)
    parts = list(similarity.in_parts(rows, rows))
    assert [part.shape for part in parts] == [(2, whole.shape[1]), (1, whole.shape[1])]
    assert {part.dtype for part in parts} == {np.dtype(np.float16)}
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_an_amount_beyond_half_precision_is_as_large_as_can_be(make_graph):
    left, right = (
        make_graph([("a", "star")], [("a", "name", "Sun"), ("a", "year", year)], [])
        for year in ("-90000-01-01", "2001-01-01")
    )
    compared = PairSimilarity.fit(left, right, infer_schema(left, right)).compute(
        np.array([0]), np.array([0])
    )
    assert np.isfinite(compared[~np.isnan(compared)]).all()


def test_fields_of_neighbours_that_hardly_any_pair_has_are_left_out_and_own_ones_are_not(
    make_graph,
):
    """Of three hundred films one has a sequel and one a number; a fifth is set somewhere."""

    def films(prefix: str):
        rows = [f"{prefix}{i}" for i in range(300)]
        facts = [(row, "name", f"film {i}") for i, row in enumerate(rows)]
        facts += [(rows[0], "code", "x 17"), (f"{prefix}town", "name", "Tallinn")]
        edges = [(rows[0], "sequel", rows[1])]
        edges += [(row, "set in", f"{prefix}town") for row in rows[::5]]
        return make_graph([*((r, "film") for r in rows), (f"{prefix}town", "town")], facts, edges)

    left, right = films("l"), films("r")
    whole = PairSimilarity.fit(left, right, infer_schema(left, right))
    one = np.array([left.row(f"l{i}") for i in range(300)])
    two = np.array([right.row(f"r{i}") for i in range(300)])
    fewer = whole.used_by(one, two)

    def fields(similarity: PairSimilarity) -> set[str]:
        return {name.rpartition(": ")[0] for name in similarity.feature_names}

    gone = fields(whole) - fields(fewer)
    assert "sequel ~ sequel" in gone
    assert {"code ~ code", "near town ~ near town"} <= fields(fewer)
    kept = [whole.feature_names.index(name) for name in fewer.feature_names]
    np.testing.assert_array_equal(fewer.compute(one, two), whole.compute(one, two)[:, kept])
    again = PairSimilarity.fit(left, right, infer_schema(left, right), names=fewer.feature_names)
    np.testing.assert_array_equal(again.compute(one, two), fewer.compute(one, two))


def test_a_pair_compares_the_same_alone_and_among_others(make_graph):
    """An entity that says one thing twice, in two orders of its words, must not shift the rest."""

    def side(letter, relation):
        people = [("Ada", "Ada Byron"), ("Byron", "Byron Ada"), ("Mary", "Mary Shelley")]
        return make_graph(
            [
                *((f"{letter}{i}", "film") for i in range(3)),
                *((letter + p, "person") for p, _ in people),
            ],
            [
                *((f"{letter}{i}", "name", f"film {i}") for i in range(3)),
                *((letter + p, "name", name) for p, name in people),
            ],
            [
                (f"{letter}0", relation, f"{letter}Ada"),
                (f"{letter}0", relation, f"{letter}Byron"),
                (f"{letter}1", relation, f"{letter}Mary"),
                (f"{letter}2", relation, f"{letter}Byron"),
            ],
        )

    left, right = side("l", "stars"), side("r", "cast")
    similarity = PairSimilarity.fit(left, right, infer_schema(left, right))
    pairs = np.indices((3, 3)).reshape(2, -1)
    together = similarity.compute(*pairs)
    for one, two, among in zip(*pairs, together, strict=True):
        alone = similarity.compute(np.array([one]), np.array([two]))[0]
        np.testing.assert_allclose(among, alone, atol=1e-6)


def test_a_namesake_with_placeholders_does_not_beat_the_true_pair(make_graph):
    """Both say "unknown" of place and date; the true pair says when and where."""
    others = [(f"x{i}", "person") for i in range(6)]
    names = [(f"x{i}", "name", f"Somebody Else{i}") for i in range(6)]
    facts = [(f"x{i}", attribute, "unknown") for i in range(6) for attribute in ("born", "town")]

    def side(letter, true, namesake):
        return make_graph(
            [(f"{letter}1", "person"), (f"{letter}2", "person"), *others],
            [
                *((f"{letter}{n}", "name", "John Smith") for n in (1, 2)),
                *((f"{letter}1", attribute, value) for attribute, value in true),
                *((f"{letter}2", attribute, value) for attribute, value in namesake),
                *names,
                *facts,
            ],
        )

    unknown = [("born", "unknown"), ("town", "unknown")]
    left = side("l", unknown, [("born", "1950-04-25"), ("town", "Oslo")])
    right = side("r", [("born", "unknown"), ("town", "Oslo")], unknown)
    schema = infer_schema(left, right)
    assert schema.left_missing == {"born": ("unknown",), "town": ("unknown",)}
    similarity = PairSimilarity.fit(left, right, schema)
    pairs = [("l2", "r1"), ("l1", "r2"), ("l2", "r2"), ("l1", "r1")]
    rows = np.array([(left.row(a), right.row(b)) for a, b in pairs])
    scores = first_scores(similarity.compute(*rows.T), similarity.feature_names)
    assert scores.argmax() == 0
