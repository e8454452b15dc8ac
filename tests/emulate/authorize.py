"""What a person does on the page on which Slack asks whether the app may be installed."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx


class _Form(HTMLParser):
    """The form of a page that has one."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields = "", dict[str, str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "form":
            assert not self.action, "one person, one form"
            self.action = values["action"]
        if tag == "input":
            self.fields[values["name"]] = values["value"]


async def allow(question: str, **other: str) -> tuple[str, dict[str, str]]:
    """Press the button of the only person on Slack's page; return where Slack leads, and with what.

    ``other``: fields that are not as our link has set them.
    """
    async with httpx.AsyncClient() as browser:
        page = await browser.get(question)
        assert page.status_code == 200, page.text
        form = _Form(page.text)
        answer = await browser.post(urljoin(question, form.action), data=form.fields | other)
    assert answer.status_code == 302, answer.text
    address = urlsplit(answer.headers["location"])
    return address._replace(query="").geturl(), dict(parse_qsl(address.query))
