"""Every example of the pages in Documentation/ runs as written and prints what it says."""

import re

import pytest
from conftest import ROOT
from examples import examples, run_bash, run_python

PAGES = sorted(f"Documentation/{path.name}" for path in (ROOT / "Documentation").glob("*.md"))


def cases(language: str) -> list:
    return [
        pytest.param(page, code, id=f"{page.split('/')[1]}-{number}")
        for page in PAGES
        for number, code in enumerate(examples(page, language))
    ]


@pytest.fixture
def local(request):
    """Turns an example's code to the server of the model that it names."""

    def to_local(code: str) -> str:
        if "minilm" in code:
            return code.replace("127.0.0.1:8000", f"127.0.0.1:{request.getfixturevalue('minilm').port}")
        if ":8000" in code:
            request.getfixturevalue("server")
        return code

    return to_local


@pytest.mark.parametrize("page, code", cases("python"))
def test_python(local, page, code, tmp_path):
    run_python(local(code), tmp_path)


@pytest.mark.parametrize("page, code", cases("bash"))
def test_bash(local, page, code):
    run_bash(local(code))


@pytest.mark.parametrize("page", [page for page in PAGES if page.split("/")[1].islower() and "architecture" not in page])
def test_a_page_of_an_api_has_examples(page):
    assert any("curl" in code for code in examples(page, "bash"))


@pytest.mark.parametrize("page", ["README.md", *PAGES])
def test_links_lead_somewhere(page):
    """Files exist, and so do headings."""
    for target, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)", (ROOT / page).read_text()):
        file = (ROOT / page).parent / target if target else ROOT / page
        assert file.exists(), f"{page}: {target}"
        if heading:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            slugs = [re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings]
            assert heading in slugs, f"{page}: {target}#{heading}"
