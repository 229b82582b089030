"""The docs in the admin: every page leads to what tells of it, every link leads somewhere, nothing else is served."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.urls import resolve, reverse

from routing.admin.docs import library
from routing.admin.docs.library import doc_named, docs
from routing.admin.docs.links import DOCS, OF_ADMIN, doc_of, link_to
from routing.admin.docs.reading import read_doc
from tests.security.routes import all_routes

NO_PAGES = {"jsi18n", "autocomplete", "logout", "login", "view_on_site", ""}
"""Addresses of the admin that show no page of it to somebody who is signed in."""


@pytest.fixture
def without_docs(settings, tmp_path):
    settings.DOCS_DIR = tmp_path
    forget()
    yield
    forget()


def forget():
    library.docs.cache_clear()
    library.pictures.cache_clear()


def names_of_admin():
    routes = {route.name.removeprefix(OF_ADMIN) for route in all_routes() if route.name.startswith(OF_ADMIN)}
    return routes - NO_PAGES


def read(text):
    return read_doc(text, known={"forms"}, pictures={"lead.png"})


def lost(target, here=""):
    """Whether a page, or its heading, is not there."""
    name, _, anchor = target.partition("#")
    doc = doc_named(name or here)
    return doc is None or (anchor and anchor not in {heading.anchor for heading in doc.headings})


class TestLinks:
    def test_every_page_of_the_admin_has_a_page_of_the_docs(self):
        untold = [
            name for name in names_of_admin() if not doc_of(SimpleNamespace(view_name=OF_ADMIN + name, kwargs={}))
        ]
        models = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}

        assert untold == [] and sorted(models - DOCS.keys()) == []

    def test_every_entry_is_of_a_page_that_there_is(self):
        models = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}

        assert [key for key in DOCS if key.partition("/")[0] not in names_of_admin() | models] == []

    def test_every_page_and_heading_that_an_entry_names_is_there(self):
        assert [target for target in DOCS.values() if lost(target)] == []

    def test_every_link_between_docs_leads_to_a_page_and_heading(self):
        assert [(name, link) for name in docs() for link in doc_named(name).links if lost(link, here=name)] == []

    def test_of_several_pages_with_one_address_each_has_its_own(self):
        assert doc_of(resolve("/admin/routing/work/start/replay/")) == "routing#replay-past-leads-through-the-draft"
        assert doc_of(resolve("/admin/reps/rep/7/do/hand-over/")) == "people#hand-over"
        assert doc_of(resolve("/admin/reps/rep/7/history/")) == "people"


@pytest.mark.django_db
class TestPages:
    def test_the_contents_lead_to_every_page(self, boss):
        page = boss.get(reverse("docs:contents")).content.decode()

        assert [name for name in docs() if f'href="/admin/docs/{name}/"' not in page] == []

    def test_a_page_has_headings_to_link_to_and_ways_to_other_pages(self, boss):
        page = boss.get("/admin/docs/forms/").content.decode()

        assert '<h3 id="make-one">' in page and 'href="#make-one"' in page
        assert 'href="/admin/docs/configuration/"' in page

    def test_a_picture_is_shown(self, boss):
        answer = boss.get("/admin/docs/pictures/lead.png")

        assert answer["Content-Type"] == "image/png" and answer.content.startswith(b"\x89PNG")

    @pytest.mark.parametrize(
        "address",
        [
            "nothing/",
            "adr/",
            "0001-the-row-is-the-promise/",
            "..%2fREADME/",
            "pictures/..%2fforms.md",
            "pictures/x.png",
        ],
    )
    def test_what_is_not_on_the_list_is_not_found(self, boss, address):
        assert boss.get(f"/admin/docs/{address}").status_code == 404

    def test_an_installation_without_docs_says_so_and_its_links_lead_there(self, boss, without_docs):
        assert link_to("people#week") == reverse("docs:contents")
        assert "The docs are not here" in boss.get(reverse("docs:contents")).content.decode()
        assert boss.get("/admin/docs/people/").status_code == 404


class TestReading:
    def test_html_and_scripts_in_a_doc_are_text(self):
        html = read("# T\n\n<script>alert(1)</script> and [this](javascript:alert(1))\n").html

        assert "<script" not in html and "href" not in html

    def test_a_link_to_a_file_that_is_not_served_is_read_as_text(self):
        html = read("# T\n\n[one](adr/0001.md), [two](../README.md), [three](forms.md#look)\n").html

        assert html.count("href") == 1 and 'href="/admin/docs/forms/#look"' in html

    def test_headings_of_the_same_words_have_anchors_of_their_own(self):
        anchors = [heading.anchor for heading in read("# T\n\n## What's `in` it?\n\n## What's in it\n").headings]

        assert anchors == ["whats-in-it", "whats-in-it-1"]

    def test_a_doc_is_known_by_its_title_and_first_sentence(self):
        doc = read("<!-- made -->\n# The *title*\n\nWhat it\nis about. More.\n")

        assert (doc.title, doc.about) == ("The title", "What it is about.")

    def test_code_and_tables_scroll_in_boxes_that_a_keyboard_reaches(self):
        html = read("# T\n\n```sh\na < b\n```\n\n| a |\n|---|\n| `b` |\n").html

        assert html.count('tabindex="0"') == 2 and "a &lt; b" in html
