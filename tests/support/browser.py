"""A run's page in a browser, and what the browser saw of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page

from lab.files.sample import Sample
from tests.support import runs

# The contrast of each text with what is painted behind it, as WCAG 2.2 defines it.
# It reads colours that are opaque, as all of the page's are.
CONTRASTS = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const found = {};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.data.trim()) continue;
    const element = walker.currentNode.parentElement;
    const pair = [parse(getComputedStyle(element).color), behind(element)];
    const [dark, light] = pair.map(luminance).sort((one, other) => one - other);
    found[JSON.stringify(pair)] = (light + 0.05) / (dark + 0.05);
  }
  return found;
}"""


# How far the focused region has scrolled, once it has: it takes a few frames.
SCROLLED = """async () => {
  const it = document.activeElement;
  for (let frame = 0; frame < 120 && it.scrollLeft === 0; frame++) {
    await new Promise(requestAnimationFrame);
  }
  return it.scrollLeft;
}"""


@dataclass
class Seen:
    """What a page did besides showing itself."""

    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@dataclass
class Opener:
    """Opens pages of hand-made runs, and closes what it opened."""

    browser: Browser
    folder: Path
    seen: Seen = field(default_factory=Seen)

    def __call__(
        self,
        values: dict[str, Any],
        samples: list[Sample],
        *,
        width: int = 1280,
        scheme: Literal["light", "dark"] = "light",
    ) -> Page:
        file = self.folder / "run" / "index.html"
        if not file.exists():
            runs.page_of(file.parent, values, samples)
        view = self.browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        view.on("console", self._hear)
        view.on("pageerror", lambda error: self.seen.console.append(str(error)))
        view.on("request", lambda request: self.seen.requests.append(request.url))
        view.on("dialog", lambda dialog: self.seen.console.append(dialog.message))
        view.goto(file.as_uri())
        return view

    def _hear(self, message: ConsoleMessage) -> None:
        self.seen.console.append(message.text)
