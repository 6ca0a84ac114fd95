"""The widget as a person meets it in a browser: what is on the screen, what has the focus, what can be pressed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

T = TypeVar("T")

# The chat's own root, in the launcher's panel or on the page itself.
ROOT = (
    "const launcher = document.querySelector('aftercare-launcher');"
    "const chat = (launcher ? launcher.shadowRoot : document).querySelector('aftercare-chat');"
    "const root = chat && chat.shadowRoot;"
)


class Page:
    """Drives one browser window on one server."""

    def __init__(self, driver: WebDriver, url: str) -> None:
        self.driver = driver
        self.url = url

    def reset(self) -> None:
        """An empty browser: no cookies, nothing stored, a desktop window, light, the network up."""
        self.driver.get("about:blank")
        self.cdp("Network.enable")
        self.cdp("Network.clearBrowserCookies")
        self.cdp("Storage.clearDataForOrigin", origin=self.url, storageTypes="all")
        self.network(True)
        self.media()
        self.window(1280, 900)
        self.driver.get_log("browser")

    def cdp(self, command: str, **given: Any) -> Any:
        """One command of the debugging protocol."""
        return self.driver.execute_cdp_cmd(command, given)

    def window(self, width: int, height: int, *, scale: float = 1, touch: bool = False) -> None:
        """Sets the size of the page in CSS pixels; `touch` makes it a phone."""
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=touch,
        )
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=touch)

    def media(self, **features: str) -> None:
        """Sets media features, `prefers_color_scheme="dark"` for one; those not named are as usual."""
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.cdp("Emulation.setEmulatedMedia", features=named)

    def network(self, up: bool) -> None:
        """Takes the network from the page, or gives it back."""
        self.cdp(
            "Network.emulateNetworkConditions",
            offline=not up,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def open(self, path: str = "/full") -> Page:
        """Goes to a page of the server."""
        self.driver.get(self.url + path)
        return self

    def ready(self) -> Page:
        """Waits until the chat is connected and has shown its messages."""
        self.until(lambda: "Connected" in self.status() and self.messages(), "the chat is connected")
        return self

    def js(self, script: str, *given: Any) -> Any:
        """Runs a script with `launcher`, `chat` and `root` at hand."""
        return self.driver.execute_script(ROOT + script, *given)

    def until(self, check: Callable[[], T], what: str, seconds: float = 30) -> T:
        """Waits until the check is true; fails with `what` was waited for."""
        end = time.monotonic() + seconds
        while True:
            found = check()
            if found:
                return found
            assert time.monotonic() < end, f"waited {seconds} s in vain until {what}"
            time.sleep(0.05)

    def status(self) -> str:
        """The visible state of the connection."""
        return self.js("return root?.querySelector('.status')?.innerText ?? ''").strip()

    def messages(self) -> list[str]:
        """The texts of the messages, as they are shown, oldest first."""
        return self.js(
            "return [...(root?.querySelectorAll('.bubble') ?? [])].map(bubble => bubble.innerText)"
        )

    def visible(self, selector: str) -> bool:
        """Whether an element of the chat is there and can be seen."""
        script = (
            "const found = root?.querySelector(arguments[0]);"
            "return Boolean(found && found.checkVisibility() && found.offsetHeight > 1)"
        )
        return self.js(script, selector)

    def text(self, selector: str) -> str:
        """The visible text of an element of the chat; empty when there is none."""
        return self.js("return root?.querySelector(arguments[0])?.innerText ?? ''", selector).strip()

    def focus(self) -> str:
        """The name, tag and class of what has the focus, through all shadow roots."""
        script = (
            "let at = document.activeElement; while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
            "if (at === document.body) return 'body';"
            "const name = at.getAttribute('aria-label') ?? at.innerText ?? '';"
            "return `${at.tagName.toLowerCase()}.${at.className} ${name.trim()}`"
        )
        return self.driver.execute_script(script)

    def press(self, *keys: str) -> None:
        """Presses keys, one after the other, wherever the focus is."""
        chain = ActionChains(self.driver)
        for key in keys:
            chain.send_keys(key)
        chain.perform()

    def tab_to(self, wanted: str, *, limit: int = 40) -> None:
        """Presses Tab until what has the focus contains `wanted`."""
        seen = []
        for _ in range(limit):
            if wanted in (now := self.focus()):
                return
            seen.append(now)
            self.press(Keys.TAB)
        raise AssertionError(f"Tab never came to {wanted!r}, only to {seen}")

    def write(self, text: str) -> None:
        """Writes into the field and presses Enter, with the keyboard only."""
        self.js("root.querySelector('textarea').focus()")
        self.press(text, Keys.ENTER)

    def put(self, text: str) -> None:
        """Puts a long text into the field, as pasting does."""
        self.js(
            "const field = root.querySelector('textarea'); field.focus(); field.value = arguments[0];"
            "field.dispatchEvent(new InputEvent('input', {bubbles: true}))",
            text,
        )

    def tree(self) -> list[dict[str, Any]]:
        """The accessibility tree: role, name and properties of every node that is not ignored."""
        nodes = self.cdp("Accessibility.getFullAXTree")["nodes"]
        return [
            {
                "role": node.get("role", {}).get("value", ""),
                "name": node.get("name", {}).get("value", ""),
                **{item["name"]: item["value"].get("value") for item in node.get("properties", [])},
            }
            for node in nodes
            if not node.get("ignored")
        ]

    def complaints(self) -> list[str]:
        """What the browser's console holds against the page, refused requests left out: tests make those."""
        told = [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] in ("SEVERE", "WARNING")
        ]
        return [line for line in told if "Failed to load resource" not in line and "net::ERR" not in line]
