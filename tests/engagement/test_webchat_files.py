"""The widget and its demonstration page as they are served: cached, readable by any site, asking nobody, writing no HTML from text."""

import re

import pytest

from services.engagement.webchat.files import FOLDER
from tests.engagement.conftest import Service
from tests.engagement.widget import Site

# What would make HTML or code of text, or reach another host.
FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|importScripts|https?://(?!www\.w3\.org/2000/svg)"
)


@pytest.fixture
def service(own_service: Service) -> Service:
    """Alone: how much an address may do is counted for the whole process."""
    return own_service


async def test_the_widget_is_kept_by_browsers_and_asked_for_by_its_tag(service: Service) -> None:
    site = await Site.connected(service)
    first = await service.http.get(f"{site.path}/widget.js")
    assert (first.status_code, first.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert first.content == (FOLDER / "widget.js").read_bytes()
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    assert first.headers["cache-control"] == "public, max-age=3600"
    assert "set-cookie" not in first.headers
    tag = first.headers["etag"]
    for given in (tag, f"W/{tag}", f'"other", {tag}'):
        again = await service.http.get(f"{site.path}/widget.js", headers={"if-none-match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await service.http.get(f"{site.path}/widget.js", headers={"if-none-match": '"other"'})).status_code == 200


async def test_the_demonstration_is_there_only_where_the_channel_says_so(service: Service) -> None:
    hidden, shown = await Site.connected(service), await Site.connected(service, demo="true")
    for name in ("demo", "demo.css"):
        assert (await service.http.get(f"{hidden.path}/{name}")).status_code == 404
        assert (await service.http.get(f"{shown.path}/{name}")).status_code == 200
    page = await service.http.get(f"{shown.path}/demo")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["widget.js", "demo.css"])
def test_files_ask_no_other_host_and_make_no_html_of_text(name: str) -> None:
    assert FORBIDDEN.findall((FOLDER / name).read_text()) == []


def test_the_demonstration_holds_no_script_and_no_style_of_its_own() -> None:
    page = (FOLDER / "demo.html").read_text()
    assert re.findall(r"<script[^>]*>[^<]|<style|style=|\son\w+=", page) == []
    assert re.findall(r'<[^>]*(?:src|href)="(?!widget\.js|demo\.css|data:,)', page) == []


@pytest.mark.parametrize("name", ["../widget.js", "widget.js/", "widget%2ejs%00", "demo.html", "__init__.py", "..%2ffiles.py"])
async def test_no_other_file_can_be_had(service: Service, name: str) -> None:
    site = await Site.connected(service, demo="true")
    assert (await service.http.get(f"{site.path}/{name}")).status_code in {400, 404}
