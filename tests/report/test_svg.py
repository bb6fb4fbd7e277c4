from warmstart.report.svg import Scale, tag


def test_escapes_text_and_attributes():
    assert str(tag("text", "<b>&", fill='"><script>')) == '<text fill="&#34;&gt;&lt;script&gt;">&lt;b&gt;&amp;</text>'


def test_ticks_are_round_and_within_the_scale():
    assert Scale(0, 1, 73.2, 91.8).ticks() == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert Scale(-1.7, 4.1, 0, 1).ticks() == [-1, 0, 1, 2, 3, 4]


def test_a_scale_without_extent_does_not_divide_by_zero():
    assert Scale(5, 5, 0, 100).at(5) == 0
