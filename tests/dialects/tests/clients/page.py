"""Drives the page of a daemon by Chromium, as a person would; the first argument names what is tried.

Waits for what must happen, up to a deadline. What the test must do in between is asked for by a line on standard output.
"""

import http.server
import json
import os
import shutil
import sys
import tempfile
import threading
import urllib.parse
import urllib.request

from selenium import webdriver
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

DEADLINE = 60
FLAGS = """--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1360,900""".split()
# Keeps count of the timers that have not fired.
TIMERS = """
    window.pending = new Set();
    const [set, clear] = [setTimeout, clearTimeout];
    window.setTimeout = (then, ...others) => {
        const id = set(() => { pending.delete(id); then(); }, ...others);
        pending.add(id);
        return id;
    };
    window.clearTimeout = (id) => { pending.delete(id); clear(id); };
"""


class Page:
    """A browser with the page of the daemon at this address."""

    def __init__(self, url):
        self.url, self.profile = url, tempfile.mkdtemp(prefix="page-")
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in [*FLAGS, f"--user-data-dir={self.profile}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = Service(shutil.which("chromedriver"))
        self.driver = webdriver.Chrome(options=options, service=service)

    def __enter__(self):
        try:
            self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": TIMERS})
            self.driver.get(self.url)
            self.until("the daemon is shown", lambda: self.text("#state") == "running")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def until(self, what, condition):
        wait = WebDriverWait(self.driver, DEADLINE, poll_frequency=0.02)
        return wait.until(lambda _: condition(), what)

    def script(self, text, *args):
        return self.driver.execute_script(text, *args)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def open(self, method):
        """Opens the form of a method by its link."""
        link = f"nav a[href='#/{urllib.parse.quote(method, safe='')}']"
        self.script("document.querySelector(arguments[0]).click()", link)
        self.until(f"{method} is shown", lambda: self.text("#method-name") == method)

    def field(self, name):
        return self.driver.find_element(
            By.XPATH, f"//*[@id=//section[@id='method']//label[.='{name}']/@for]"
        )

    def type(self, name, value):
        field = self.field(name)
        field.clear()
        field.send_keys(value)

    def call(self):
        self.one("form button[type=submit]").click()

    def shows(self, words):
        """Waits until the reply has these words."""
        self.until(f"the reply says {words}", lambda: words in self.text(".live"))

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def media(self, **features):
        features = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def size(self, width, height, scale=1):
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def complaints(self):
        """What the console has, breaches of the policy among it."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """What the page has asked for, besides what the browser asks for itself."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [message for message in messages if message["method"] == "Network.requestWillBeSent"]
        sent = [message["params"] for message in sent]
        return [one["request"]["url"] for one in sent if not one["documentURL"].startswith("chrome:")]


def rpc(url, method, params=None):
    """Calls a method over HTTP, not by the page."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params or []})
    request = urllib.request.Request(f"{url}rpc", body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["result"]


def ask_test(for_what):
    """Asks the test to do something, and waits until it has."""
    print(for_what, flush=True)
    assert sys.stdin.readline(), "the test has ended"


def loads(url):
    with Page(url) as page:
        page.until("methods are listed", lambda: len(page.all("nav li")) > 10)
        page.until("two looks were taken", lambda: page.all("#values tr"))
        assert page.text("#name") == "gallery" and "pid" in page.text("#facts")
        assert "framer" in page.text("#processes") and "looping" in page.text("#processes")
        assert "median" in page.text("#times-caption")
        assert "Calls and faults" in page.one("#rates").get_attribute("aria-label")
        page.one("#search").send_keys("deprec")
        page.until("nothing is found", lambda: page.text("#found") == "0 methods")
        page.one("#search").clear()
        page.one("#search").send_keys("picture cop")
        page.until("one is found", lambda: page.text("#found") == "1 method")
        found = [link.get_attribute("href") for link in page.all("nav li a") if link.is_displayed()]
        assert found == [f"{url}#/gallery.order"], found
        page.one("#search").send_keys(Keys.ESCAPE)
        assert "deprecated" in page.one("nav a[href='#/gallery.buy']").text
        page.open("gallery.buy")
        assert "use gallery.order" in page.text(".deprecated")
        assert page.complaints() == [], "the console"
        requests = page.requests()
        assert requests and all(request.startswith((url, "data:")) for request in requests), requests


def forms(url):
    methods = rpc(url, "rpc.discover")["methods"]
    assert len(methods) > 60, methods
    with Page(url) as page:
        page.until("all are listed", lambda: len(page.all("nav li")) == len(methods))
        for method in methods:
            page.open(method["name"])
            labels = page.script("return [...document.querySelectorAll('#method .field label[for]')].map((one) => one.innerText)")
            assert labels == [param["name"] for param in method["params"]], (method, labels)
            assert (page.text("#method").find(method.get("summary", ""))) >= 0, method
        page.open("kitchen.order")
        page.one(".chip").click()
        page.call()
        page.shows('"plates": 1')
        page.open("kitchen.huge")
        page.type("number", "340282366920938463463374607431768211455")
        page.call()
        page.shows("340282366920938463463374607431768211455")
        page.open("küche.grüßen")
        page.type("wen", "Anna")
        page.call()
        page.shows("Grüß Gott, Anna!")
        assert page.complaints() == []


def keyboard(url):
    with Page(url) as page:
        seen = []

        def tab():
            page.press(Keys.TAB)
            where = page.script(
                "const one = document.activeElement, style = getComputedStyle(one);"
                "return [one.id || one.innerText, one.matches(':focus-visible') && style.outlineStyle !== 'none']"
            )
            assert where[1], f"the focus is not seen: {where}"
            seen.append(where[0])
            return where[0]

        assert tab() == "Skip to the content" and tab() == "search", seen
        page.press("gallery.order copies", Keys.ENTER)
        page.until("the form is shown", lambda: page.text("#method-name") == "gallery.order")
        while tab() != "field-0":
            assert len(seen) < 30, seen
        page.press("Sunset", Keys.ENTER)
        page.shows('"1 × Sunset"')
        # From the bottom up: the button, by the space bar; an optional parameter.
        page.press("?")
        while tab() != "field-4":
            assert len(seen) < 60, seen
        page.press("a gift", Keys.ENTER)
        page.shows('"1 × Sunset?: a gift"')
        while tab() != "Call":
            assert len(seen) < 90, seen
        page.press(Keys.SPACE)
        page.shows('"1 × Sunset?: a gift"')
        page.press("/")
        assert page.script("return document.activeElement.id") == "search"
        page.press("park", Keys.ENTER)
        page.until("the form is shown", lambda: page.text("#method-name") == "gallery.park")
        while tab() != "Call":
            assert len(seen) < 120, seen
        page.press(Keys.ENTER)
        page.until("it waits", lambda: "Calling" in page.text(".live"))
        page.press(Keys.ESCAPE)
        page.shows("Stopped after")
        assert page.complaints() == []


def faults(url):
    with Page(url) as page:
        page.open("gallery.refuse")
        page.type("why", "it hangs in Paris")
        page.call()
        for words in ["Fault 40", "the picture is lent", "it hangs in Paris", '"until": "June"']:
            page.shows(words)
        # What is wrong is told before it is sent.
        page.open("gallery.order")
        for name, value, words in [
            ("title", "", "1 to 80 characters"),
            ("copies", "101", "1 to 100"),
            ("copies", "1.5", "integer"),
            ("copies", "many", "integer"),
        ]:
            page.type("title", "x")
            page.type(name, value)
            page.call()
            field = page.field(name)
            said = page.script("return document.getElementById(arguments[0].id + '-mistake').innerText", field)
            assert words in said and field.get_attribute("aria-invalid") == "true", (name, value, said)
            assert page.script("return document.activeElement === arguments[0]", field)
        page.open("gallery.hang")
        for value, words in [
            ("{", "not JSON"),
            ("[]", "expected Picture"),
            ('{"title":"x","width":1}', "`tags` is missing"),
            ('{"title":"x","width":0,"tags":[]}', "width: expected integer, 1 to 500"),
            ('{"title":"x","width":1,"tags":["a",1]}', "tags.1: expected string"),
        ]:
            page.type("picture", value)
            page.call()
            assert words in page.text(".mistake"), (value, page.text(".mistake"))
        assert rpc(url, "gallery.orders") == 0
        # The daemon knows more, and says what it is about.
        page.open("gallery.number")
        page.type("number", "18446744073709551616")
        page.call()
        page.shows("Fault -32602")
        assert page.field("number").get_attribute("aria-invalid") == "true"
        page.type("number", "18446744073709551615")
        page.call()
        page.shows("18446744073709551615")
        assert page.complaints() == []


def streams(url):
    with Page(url) as page:
        page.open("gallery.countdown")
        page.type("from", "3")
        page.call()
        page.shows("The stream ended")
        assert [item.text.split()[-1] for item in page.all("#method .log li")] == ["1", "2", "3"]
        page.open("gallery.visitors")
        page.call()
        page.shows("items are shown as they come")
        assert rpc(url, "gallery.enter", [2]) == 1
        page.until("two have come", lambda: len(page.all("#method .log li")) == 2)
        for _ in range(10):
            rpc(url, "gallery.enter", [100, "<img src=x onerror=alert(1)>"])
        page.until("many have come", lambda: page.all("#method .log li[value='1002']"))
        assert len(page.all("#method .log li")) == 300, "the list has a bound"
        page.driver.find_element(By.XPATH, "//form//button[.='Stop']").click()
        page.shows("Stopped after")
        page.until("the subscription ends", lambda: rpc(url, "gallery.enter", [0]) == 0)
        assert page.complaints() == []


def events(url):
    with Page(url) as page:
        page.until("events are followed", lambda: page.all("#events li") or rpc(url, "daemon.status"))
        page.until("a connection is shown", lambda: "connect" in (rpc(url, "daemon.status") and page.text("#events")))
        page.one("#pause").click()
        before = page.text("#events")
        page.until("events wait", lambda: rpc(url, "daemon.status") and "since the pause" in page.text("#feed-note"))
        assert page.text("#events") == before
        page.one("#pause").click()
        page.until("they are shown", lambda: page.text("#events") != before)
        for _ in range(400):
            rpc(url, "daemon.status")
        page.until("there are many", lambda: len(page.all("#events li")) == 300)
        assert page.complaints() == []


def looks(url):
    with Page(url) as page:
        colours = []
        for scheme in ["light", "dark"]:
            page.media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            colours.append(page.script("return getComputedStyle(document.body).backgroundColor"))
        assert colours[0] != colours[1], colours
        assert page.script("return document.getAnimations().length") == 0
        names = "[...document.querySelectorAll('nav li a')].map((one) => decodeURIComponent(one.hash.slice(2)))"
        methods = page.script(f"return {names}")
        # The second is a window of 1280 pixels at 200 %.
        for width, height, scale in [(320, 640, 1), (640, 450, 2)]:
            page.size(width, height, scale)
            for name in methods:
                page.open(name)
                wide = page.script("return document.documentElement.scrollWidth")
                assert wide <= width, f"{name} is {wide} pixels wide at {width}"
        page.open("gallery.refuse")
        page.type("why", "a-very-long-word-" * 20)
        page.call()
        page.shows("Fault 40")
        assert page.script("return document.documentElement.scrollWidth") <= 640


def accessible(url):
    axe = os.path.join(os.environ["DAEMON_NPM"], "node_modules/axe-core/axe.min.js")
    with open(axe, encoding="utf-8") as file, Page(url) as page:
        page.script(file.read())

        def check(what):
            found = page.driver.execute_async_script(
                "const done = arguments[0]; axe.run().then(({ violations }) => done(violations.map("
                "({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])])))"
            )
            assert found == [], (what, found)

        page.until("two looks were taken", lambda: page.all("#values tr"))
        for scheme in ["light", "dark"]:
            page.media(prefers_color_scheme=scheme)
            page.script("location.hash = '#/'")
            page.until("the overview is shown", lambda: not page.one("#method").is_displayed())
            page.script("document.querySelector('#activity details').open = true")
            check(f"the overview, {scheme}")
            page.open("gallery.order")
            page.call()
            check(f"a mistake, {scheme}")
            page.type("title", "x")
            page.call()
            page.shows("1 × x")
            check(f"a result, {scheme}")
            page.open("gallery.hang")
            page.one(".chip").click()
            page.field("picture").send_keys(Keys.HOME)
            check(f"JSON, {scheme}")
            page.open("gallery.refuse")
            page.call()
            page.shows("Fault 40")
            check(f"a fault, {scheme}")
            page.open("gallery.countdown")
            page.type("from", "30")
            page.call()
            page.shows("The stream ended")
            check(f"items, {scheme}")
            page.open("gallery.buy")
            check(f"a deprecated method, {scheme}")


def returns(url):
    with Page(url) as page:
        page.open("gallery.order")
        page.type("title", "kept")
        pid = rpc(url, "daemon.status")["pid"]
        ask_test("stop the daemon")
        page.until("it is away", lambda: "does not answer" in page.text("#away"))
        assert page.text("#state") == "away" and page.driver.title.startswith("away")
        page.until("it has tried more than once", lambda: "4 seconds" in page.text("#away"))
        ask_test("start the daemon")
        page.until("it is back", lambda: page.text("#state") == "running")
        assert not page.one("#away").is_displayed()
        assert rpc(url, "daemon.status")["pid"] != pid
        assert page.field("title").get_attribute("value") == "kept"
        page.call()
        page.shows("1 × kept")


def hidden(url):
    with Page(url) as page:
        show = (
            "Object.defineProperty(document, 'hidden', { value: arguments[0], configurable: true });"
            "document.dispatchEvent(new Event('visibilitychange'));"
        )
        page.until("it waits for the next look", lambda: page.script("return pending.size") > 0)
        page.script(show, True)
        page.until("nothing is planned", lambda: page.script("return pending.size") == 0)
        page.script("document.getElementById('facts').replaceChildren()")
        page.script(show, False)
        page.until("it looks again", lambda: "pid" in page.text("#facts"))


def hostile(url):
    payload = "</script><script>window.harmed = 'value'</script><img src=x onerror=\"window.harmed = 'value'\">"
    with Page(url) as page:
        page.open("hostile.text")
        assert "<script>" in page.text("#method") and "<iframe" in page.text(".help")
        for chip in page.all(".chip"):
            chip.click()
            page.call()
        page.type("text", payload)
        page.call()
        page.shows("window.harmed = 'value'")
        page.type("text", f"fault {payload}")
        page.call()
        page.shows("Fault 1")
        page.script("location.hash = arguments[0]", f"#/{payload}")
        page.until("nothing is shown", lambda: not page.one("#method").is_displayed())
        page.script("location.hash = '#/%E0%A4%A'")
        page.script("location.hash = '#/__proto__'")
        page.open("hostile.text")
        assert page.script("return [window.harmed, document.scripts.length, document.images.length, document.querySelectorAll('iframe').length]") == [None, 1, 0, 0]
        assert page.complaints() == []


ATTACK = """<!doctype html><title>elsewhere</title><iframe name=hole></iframe><script>
const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: METHOD, params: PARAMS });
const json = { 'Content-Type': 'application/json' };
const send = (path, options) => fetch(DAEMON + path, options).then((answer) => answer.text(), (error) => String(error));
const tries = [
    () => send('rpc', { method: 'POST', body: call }),
    () => send('rpc', { method: 'POST', body: call, headers: json }),
    () => send('rpc', { method: 'POST', body: call, mode: 'no-cors' }),
    () => send('', { method: 'POST', body: call, mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } }),
    () => send('RPC2', { method: 'POST', body: call, mode: 'no-cors' }),
    () => send('rpc', { method: 'POST', body: new URLSearchParams({ a: call }), mode: 'no-cors' }),
    () => send('rpc', { method: 'POST', body: new Blob([call], { type: 'application/json' }), mode: 'no-cors' }),
    () => send('openrpc.json', {}), () => send('openrpc.json', { mode: 'no-cors' }), () => send('', { mode: 'no-cors' }),
    () => { navigator.sendBeacon(DAEMON + 'rpc', call); return 'sent'; },
    () => { navigator.sendBeacon(DAEMON + 'rpc', new Blob([call], { type: 'text/plain' })); return 'sent'; },
    () => new Promise((done) => { const one = new EventSource(DAEMON + 'events'); one.onmessage = () => done('read'); one.onerror = () => { one.close(); done('closed'); }; }),
    () => new Promise((done) => { const one = new Image(); one.onload = () => done('read'); one.onerror = () => done('broken'); one.src = DAEMON; }),
    () => new Promise((done) => { const one = document.createElement('script'); one.onload = () => done('run'); one.onerror = () => done('refused'); one.src = DAEMON + 'openrpc.json'; document.body.append(one); }),
    () => new Promise((done) => {
        // A form sends `name=value`, which is JSON if the name is cut within it.
        const form = document.createElement('form'), field = document.createElement('input');
        Object.assign(form, { action: DAEMON + 'rpc', method: 'POST', enctype: 'text/plain', target: 'hole' });
        field.name = call.slice(0, -1) + ',"x":"', field.value = '"}';
        form.append(field); document.body.append(form);
        document.querySelector('iframe').onload = () => done('loaded');
        form.submit();
    }),
    () => new Promise((done) => { const one = document.createElement('iframe'); one.onload = () => { try { done(one.contentDocument ? 'open' : 'closed'); } catch { done('closed'); } }; one.src = DAEMON; document.body.append(one); }),
];
(async () => { const results = []; for (const one of tries) results.push(await one()); document.title = JSON.stringify(results); })();
</script>"""


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Serves a page that attacks, and keeps what is posted here."""

    page, posted = "", []

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.page.encode())

    def do_POST(self):
        self.posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def foreign(url):
    """A page from another port, which is another origin, tries to call the daemon of this one."""
    attack = ATTACK.replace("METHOD", json.dumps(os.environ["METHOD"])).replace("PARAMS", os.environ["PARAMS"])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server, Page(url) as page:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def tried(host, target):
            Elsewhere.page = attack.replace("DAEMON", json.dumps(target))
            page.driver.get(f"http://{host}:{server.server_port}/")
            page.until("all is tried", lambda: page.driver.title.startswith("["))
            results = json.loads(page.driver.title)
            assert len(results) == 17, results
            return results

        for host in ["127.0.0.1", "localhost"]:
            results = tried(host, url)
            words = json.dumps(results)
            assert "jsonrpc" not in words and "openrpc" not in words and '"read"' not in words, results
            assert "open" not in results, results
        # A server without a guard gets the same calls.
        tried("localhost", f"http://127.0.0.1:{server.server_port}/")
        got = [body for body in Elsewhere.posted if os.environ["METHOD"] in body]
        assert len(got) >= 6, Elsewhere.posted
        server.shutdown()


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2])
    print("all is well")
