"""GET /docs: everything that the OpenAPI document says, for people, without scripts."""

import re
from html.parser import HTMLParser

import pytest

from recycler.web.reader.contents import subjects
from recycler.web.reader.page import page as page_of

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Reader(HTMLParser):
    """Reads a page as it is written: no tag may be closed that is not open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        """Note what a tag says."""
        told = dict(attrs)
        self.tags.add(tag)
        self.attributes |= told.keys()
        self.ids += [told["id"]] if "id" in told else []
        self.links += [told["href"]] if "href" in told else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the tag that was opened last."""
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data):
        """Keep what is read."""
        self.text += data


@pytest.fixture(scope="module")
def page(app) -> Reader:
    answer = app.test_client().get("/docs")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    reader = Reader()
    reader.feed(answer.text)
    reader.close()
    return reader


def test_every_tag_is_closed_and_every_name_given_once(page):
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))


def test_every_link_within_the_page_leads_somewhere(page):
    within = {link[1:] for link in page.links if link.startswith("#")}

    assert within <= set(page.ids)
    assert len(within) > 100


def test_every_other_link_is_answered_by_the_service_itself(page, client):
    """Relative links: the service may stand behind a proxy under a prefix."""
    others = {link for link in page.links if not link.startswith(("#", "data:"))}

    assert {link.split("?")[0] for link in others} == {"docs/style.css", "openapi.json"}
    for link in others:
        assert client.get(f"/{link}").status_code == 200


def test_there_is_no_script_and_no_style_in_the_page(page):
    assert not page.tags & {"script", "style", "iframe", "object", "form", "base"}
    assert not [name for name in page.attributes if name == "style" or name.startswith("on")]


def test_every_operation_is_told_with_its_parameters_and_statuses(page, document):
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"parameters"}:
            operation = operations[method]
            assert operation["operationId"] in page.ids
            assert f"{method.upper()} {path}" in page.text
            assert operation["summary"] in page.text
            refused = {status for status in operation["responses"] if status >= "400"}
            assert {f"problems-{status}" for status in refused} <= set(page.ids)


@pytest.mark.parametrize(
    ("security", "words"),
    [
        ([], "Open to everyone."),
        ([{"bearer": ["assays"]}, {"header": ["assays"]}], "For a key with the scope assays."),
        (
            [{"bearer": ["assays"]}, {"header": ["assays"]}, {}],
            "For a key with the scope assays, or none as this service is set up.",
        ),
    ],
)
def test_an_operation_tells_who_may_ask(document, security, words):
    asked = document["paths"]["/v1/routes"]
    told = document | {
        "paths": {"/v1/routes": asked | {"get": asked["get"] | {"security": security}}}
    }
    (operation,) = (one for subject in subjects(told, "http://here") for one in subject.operations)
    assert operation.access == words
    assert words in page_of(told, "http://here")


def test_every_schema_is_told_with_its_fields(page, document):
    for name, schema in document["components"]["schemas"].items():
        assert f"schema-{name}" in page.ids
        for field, told in schema["properties"].items():
            assert field in page.text
            assert told.get("description", "") in page.text, f"{name}.{field}"


def test_rules_across_fields_are_told_in_words(page):
    for rule in (
        "exactly one of count and mass_kg is there",
        "at least one of samples, magnet_mass_g, recovered_kg.",
        "weighed needs magnet_mass_g.",
    ):
        assert rule in page.text


def test_the_commands_ask_the_service_that_sent_the_page(app):
    for root in ("http://recycler.example", "https://plant.example/yields"):
        page = app.test_client().get("/docs", base_url=root)

        assert set(
            re.findall(r"curl -s (?:-X \w+ )?(\S+)/v1/", page.text.replace("&#39;", ""))
        ) == {root}


@pytest.mark.parametrize("host", ["a;rm", "a<b>", "[::1]:80", "$(id)", "a'b"])
def test_a_host_that_a_shell_or_a_page_could_take_for_more_is_left_out(app, host):
    page = app.test_client().get("/docs", headers={"Host": host})

    assert page.status_code == 400 or host not in page.text


def test_what_stands_in_a_command_is_quoted_for_the_shell_and_for_the_page(document):
    written = page_of(document, "http://a;rm<b>'")

    quoted = "http://a;rm&lt;b&gt;&#39;&#34;&#39;&#34;&#39;/v1/categories"
    assert f"curl -s &#39;{quoted}&#39;" in written


@pytest.mark.parametrize("path", ["/docs", "/docs/style.css"])
def test_a_browser_keeps_it_and_is_told_if_it_is_still_the_same(client, path):
    answer = client.get(path)
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})

    assert "max-age" in answer.headers["Cache-Control"] or str(answer.cache_control) == "no-cache"
    assert (again.status_code, again.data) == (304, b"")


def test_it_may_load_nothing_but_the_style_sheet(client):
    policy = client.get("/docs").headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
