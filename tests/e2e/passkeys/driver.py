"""Chromium without a window, with virtual authenticators: what the tests of passkeys share.

Written from: WebDriver and its extension in section 11 of Web Authentication Level 3, and chromedriver.
With the standard library alone, and Debian's chromium and chromium-driver."""

import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request


class Browser:
    def __init__(self, folder):
        if shutil.which("chromedriver") is None:
            sys.exit("chromedriver is missing: apt-get install chromium chromium-driver")
        # It takes a free port and says which.
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        for line in self.driver.stdout:
            if "on port " in line:
                self.url = f"http://127.0.0.1:{line.split('on port ')[1].split('.')[0].strip()}"
                if "successfully" in line:
                    break
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]}
        made = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "webauthn:virtualAuthenticators": True}}})
        self.url += f"/session/{made['sessionId']}"
        self.ask("POST", "/timeouts", {"script": 60000})

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{path}: {error.read().decode()[:500]}") from None

    def call(self, function, *args):
        return self.ask("POST", "/execute/async", {"script": f"""const done = arguments[arguments.length - 1];
            {function}(...[...arguments].slice(0, -1)).then(done, (error) => done({{ error: String(error) }}));""",
                                                   "args": list(args)})

    def authenticator(self, **more):
        return self.ask("POST", "/webauthn/authenticator", {
            "protocol": "ctap2_1", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserConsenting": True, "isUserVerified": True, **more})

    def close(self):
        try:
            self.ask("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
