from kgreview.ui.palette import DARK, LIGHT, palette, scale_colour, signed_colour


def test_the_ends_and_the_middle_of_a_scale() -> None:
    assert scale_colour(("#000000", "#ffffff"), 0) == "#000000"
    assert scale_colour(("#000000", "#ffffff"), 1) == "#ffffff"
    assert scale_colour(("#000000", "#204060", "#ffffff"), 0.25) == "#102030"


def test_shares_outside_the_scale_are_its_ends() -> None:
    assert scale_colour(LIGHT.scale, 7.0) == LIGHT.scale[-1]
    assert scale_colour(LIGHT.scale, -1.0) == LIGHT.scale[0]


def test_more_stands_out_more_against_the_background() -> None:
    for dark in (False, True):
        theme = palette(dark)
        assert theme is (DARK if dark else LIGHT)
        colours = [scale_colour(theme.scale, step / 10) for step in range(11)]
        contrast = [_contrast(colour, theme.background) for colour in colours]
        assert contrast == sorted(contrast)


def test_for_and_against_stand_out_alike_the_more_the_farther_from_nothing() -> None:
    for theme in (LIGHT, DARK):
        for sign in (-1, 1):
            colours = [signed_colour(theme.diverging, sign * step / 10) for step in range(11)]
            contrast = [_contrast(colour, theme.background) for colour in colours]
            assert contrast == sorted(contrast)
            assert contrast[-1] >= 7


def test_against_is_orange_nothing_grey_and_for_blue() -> None:
    """Red and green are what colour-blind eyes confuse; blue tells the two ends apart for them."""
    for theme in (LIGHT, DARK):
        against, nothing, along = (
            [int(signed_colour(theme.diverging, share)[i : i + 2], 16) for i in (1, 3, 5)]
            for share in (-0.9, 0.0, 0.9)
        )
        assert against[0] > against[1] > against[2]
        assert max(nothing) - min(nothing) < 16
        assert along[0] < along[1] < along[2]


def test_text_can_be_read_on_its_background() -> None:
    for theme in (LIGHT, DARK):
        for background in (theme.background, theme.panel, theme.removed, theme.added):
            assert _contrast(theme.text, background) >= 7
        assert _contrast(theme.quiet, theme.background) >= 4.5
        assert _contrast(theme.centre, theme.background) >= 4.5


def test_relations_of_each_colour_can_be_read_and_told_apart() -> None:
    for theme in (LIGHT, DARK):
        assert len(set(theme.relations)) == len(theme.relations) >= 6
        for colour in theme.relations:
            assert _contrast(colour, theme.panel) >= 4.5
            assert _contrast(colour, theme.background) >= 4.5


def _contrast(a: str, b: str) -> float:
    """Contrast ratio of WCAG 2."""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
