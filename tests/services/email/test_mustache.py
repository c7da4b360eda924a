"""Mustache is read and rendered as mustache.5 says, within bounds."""

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.services.email.mustache import (
    DEPTH_MAX,
    TAGS_MAX,
    MustacheError,
    Node,
    Section,
    Variable,
    needed,
    parse,
)
from brickyard.services.email.rendering import HTML, LINE, STEPS_MAX, TEXT, Form, Rendering, Unrenderable

ANY_LENGTH = 1_000_000


def rendered(source: str, form: Form = TEXT, most: int = ANY_LENGTH, **variables: Any) -> str:
    return Rendering(variables).render(parse(source), form, most)


def refusal(source: str, form: Form = TEXT, most: int = ANY_LENGTH, **variables: Any) -> Unrenderable:
    with pytest.raises(Unrenderable) as caught:
        rendered(source, form, most, **variables)
    return caught.value


@pytest.mark.parametrize(
    ("source", "variables", "text"),
    [
        ("Hello {{name}}!", {"name": "Ada"}, "Hello Ada!"),
        ("{{ name }}{{name}}", {"name": "a"}, "aa"),
        ("{{a.b.c}}", {"a": {"b": {"c": 1}}}, "1"),
        ("{{n}} {{x}} {{yes}} {{none}}", {"n": 7, "x": 1.5, "yes": True, "none": None}, "7 1.5 true "),
        ("{{! not for you }}x{{!\nnor this\n}}", {}, "x"),
        ("{{größe-1}}", {"größe-1": "groß"}, "groß"),
        ("a {b} }} {", {}, "a {b} }} {"),
        ("{{a}}}", {"a": 1}, "1}"),
        ("{{again}}", {"again": "{{name}}"}, "{{name}}"),
        ("{{#items}}{{.}},{{/items}}", {"items": [1, "b"]}, "1,b,"),
        ("{{#items}}{{.}},{{/items}}", {"items": []}, ""),
        ("{{#rows}}{{#.}}{{.}}{{/.}};{{/rows}}", {"rows": [[1, 2], [3]]}, "12;3;"),
        ("{{#a}}{{b}}{{c}}{{/a}}", {"a": {"b": 1}, "c": 2}, "12"),
        ("{{#a}}{{b}}{{/a}}", {"a": {"b": 1}, "b": 2}, "1"),
        ("{{#a}}{{#a}}{{b}}{{/a}}{{/a}}", {"a": {"a": {"b": "in"}}}, "in"),
        ("{{#name}}Hi {{name}}{{/name}}{{^name}}Hi{{/name}}", {"name": "Ada"}, "Hi Ada"),
        ("{{#name}}Hi {{name}}{{/name}}{{^name}}Hi{{/name}}", {}, "Hi"),
        *(("{{#is}}yes{{/is}}{{^is}}no{{/is}}", {"is": is_}, "no") for is_ in (None, False, 0, "", [])),
        *(("{{#is}}yes{{/is}}{{^is}}no{{/is}}", {"is": is_}, "yes") for is_ in (True, 1, "x", {}, [0])),
        ("{{#a.b}}yes{{/a.b}}{{^a.c}}no{{/a.c}}", {"a": {"b": 1}}, "yesno"),
        ("a\n{{#is}}\nb\n{{/is}}\nc", {"is": True}, "a\nb\nc"),
        ("a\r\n  {{#is}}  \r\nb\r\n\t{{/is}}", {"is": True}, "a\r\nb\r\n"),
        ("{{! above }}\nthe line", {}, "the line"),
        ("a {{#is}} b {{/is}}\n", {"is": True}, "a  b \n"),
        ("{{#is}}{{/is}}\n", {"is": True}, "\n"),
        ("  {{a}}\n", {"a": 1}, "  1\n"),
    ],
)
def test_a_text_is_rendered(source: str, variables: dict[str, Any], text: str):
    assert rendered(source, **variables) == text


def test_values_are_escaped_in_html_alone():
    value = """<a href="x">'&'</a>"""
    assert rendered("{{v}}", HTML, v=value) == "&lt;a href=&quot;x&quot;&gt;&#x27;&amp;&#x27;&lt;/a&gt;"
    assert rendered("{{{v}}}{{& v}}", HTML, v=value) == value * 2
    assert rendered("{{v}}{{{v}}}", TEXT, v=value) == value * 2


@given(st.text())
def test_no_value_leaves_its_place_in_html(value: str):
    written = rendered("{{v}}", HTML, v=value)
    assert not set(written) & set("<>\"'")
    assert unescape(written) == value


paths = st.lists(st.sampled_from(["a", "b_1", "c-d"]), max_size=3).map(tuple)
pieces = st.one_of(st.text("xy z.}", min_size=1), st.builds(Variable, paths, st.booleans()))
trees = st.recursive(
    pieces.map(lambda piece: (piece,)),
    lambda inside: st.one_of(
        st.lists(inside, max_size=4).map(lambda many: sum(many, ())),
        st.builds(lambda *parts: (Section(*parts),), paths, st.booleans(), inside),
    ),
    max_leaves=12,
)


def written(nodes: tuple[Node, ...]) -> str:
    return "".join(each if isinstance(each, str) else written_tag(each) for each in nodes)


def written_tag(node: Variable | Section) -> str:
    name = ".".join(node.path) or "."
    if isinstance(node, Variable):
        return f"{{{{&{name}}}}}" if node.raw else f"{{{{{name}}}}}"
    kind = "^" if node.inverted else "#"
    return f"|{{{{{kind}{name}}}}}{written(node.inside)}{{{{/{name}}}}}|"  # with no line of its own


@given(trees)
def test_what_was_written_is_read_again(nodes: tuple[Node, ...]):
    source = written(nodes)
    assert written(parse(source)).replace("|", "") == source.replace("|", "")


@given(st.text(alphabet="{}#^/!&.> \nab", max_size=60))
def test_any_text_is_read_or_refused_with_its_line(source: str):
    try:
        parse(source)
    except MustacheError as error:
        found = re.match(r"Line (\d+): ", str(error))
    else:
        return
    assert found
    assert 1 <= int(found[1]) <= source.count("\n") + 1


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a\n{{name", "Line 2: {{ is not closed"),
        ("{{{name}}", "{{{ is not closed"),
        ("\n\n{{#a}}b", "Line 3: {{#a}} is not closed"),
        ("{{/a}}", "{{/a}} stands where no section is open"),
        ("{{#a}}{{#b}}{{/a}}{{/b}}", "{{/b}} has to come first"),
        ("{{}}", "'' is no name"),
        ("{{a b}}", "'a b' is no name"),
        ("{{a..b}}", "is no name"),
        ("{{a.}}", "is no name"),
        ("{{#}}{{/}}", "is no name"),
        ("{{" + "a" * 101 + "}}", "is no name"),
        ("{{a" + ".a" * 10 + "}}", "more than 10 parts"),
        ("{{> header}}", "partials"),
        ("{{=<% %>=}}", "other delimiters"),
        ("{{$ a}}", "blocks"),
        ("{{#a}}" * (DEPTH_MAX + 1) + "{{/a}}" * (DEPTH_MAX + 1), "inside one another"),
        ("{{a}}" * (TAGS_MAX + 1), "tags"),
    ],
)
def test_what_is_no_mustache_is_refused(source: str, why: str):
    with pytest.raises(MustacheError) as caught:
        parse(source)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("source", "variables", "pointer"),
    [
        ("{{name}}", {}, "/name"),
        ("{{{name}}}", {}, "/name"),
        ("{{a.b}}", {"a": {}}, "/a/b"),
        ("{{a.b.c}}", {"a": {"b": 1}}, "/a/b/c"),
        ("{{#items}}{{price}}{{/items}}", {"items": [{"price": 1}, {}]}, "/items/1/price"),
        ("{{#a}}{{#b}}{{c}}{{/b}}{{/a}}", {"a": {"b": "text"}}, "/a/c"),
        ("{{a}}", {"a": [1]}, "/a"),
        ("{{a}}", {"a": {}}, "/a"),
        ("{{#items}}{{.}}{{/items}}", {"items": ["a", {}]}, "/items/1"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(source: str, variables: dict[str, Any], pointer: str):
    assert refusal(source, **variables).pointer == pointer


@pytest.mark.parametrize("mark", ["\n", "\r", "\r\nBcc: eve@example.com", "\u2028", "\x00", "\x85"])
def test_no_value_breaks_a_line_that_is_a_header(mark: str):
    for source in ("Order {{a.b}}", "Order {{{a.b}}}", "Order {{& a.b}}"):
        assert refusal(source, LINE, a={"b": f"Hi{mark}"}).pointer == "/a/b"
    assert rendered("Order {{a}}", LINE, a="ünïcode ✓") == "Order ünïcode ✓"


def test_a_text_grows_as_long_as_it_may_and_no_longer():
    assert rendered("{{#a}}xy{{/a}}", most=10, a=[1] * 5) == "xy" * 5
    assert "too long" in refusal("{{#a}}xy{{/a}}", most=10, a=[1] * 6).detail
    assert "too long" in refusal("{{a}}", HTML, most=10, a="<" * 10).detail
    assert "too long" in refusal("{{a}}", HTML, most=10, a="x" * 11).detail


def test_what_is_too_long_is_not_even_escaped():
    def never(_value: str) -> str:
        raise AssertionError

    assert "too long" in refusal("{{a}}", Form(never, never), most=10, a="x" * 11).detail


def test_work_is_bounded_where_nothing_is_written():
    nested = "{{#a}}" * DEPTH_MAX + "{{/a}}" * DEPTH_MAX
    assert f"{STEPS_MAX} pieces" in refusal(nested, a=list(range(1000))).detail
    assert rendered("{{#a}}{{/a}}", a=[1] * (STEPS_MAX - 1)) == ""
    assert "pieces" in refusal("{{#a}}{{/a}}", a=[1] * STEPS_MAX).detail


def test_the_texts_of_a_message_share_one_bound():
    rendering, nodes = Rendering({"a": [1] * (STEPS_MAX // 2)}), parse("{{#a}}{{/a}}")
    assert rendering.render(nodes, TEXT, ANY_LENGTH) == ""
    with pytest.raises(Unrenderable):
        rendering.render(nodes, HTML, ANY_LENGTH)


def test_it_is_known_which_variables_are_always_needed():
    source = "{{a}}{{b.c}}{{{a}}}{{#d}}{{e}}{{/d}}{{^f}}{{g}}{{/f}}{{!h}}{{&i}}"
    assert needed(parse(source)) == ["a", "b", "i"]
