"""Clients that go from node to node: what they wrote they see, what they were told is done is there, once."""

import json
import os
import signal
import subprocess

from place import TOP, Lossy, check

SESSION = os.path.join(TOP, "build/dev-release/tests/e2e/cluster/session")
FILES = "{}-deployment.json"


class Sessions:
    """In: world, with the nodes a, b and c; slow, the way of the others to b."""

    def __init__(self, world, slow):
        self.world, self.slow = world, slow

    def deployment(self, name, **urls):
        """In: nodes in the order in which they are asked, and under which URLs."""
        domain = self.world.nodes["a"].status["domain_id"]
        nodes = [{"url": url, **self.world.nodes[node].facts} for node, url in urls.items()]
        self.world.write(FILES.format(name), {"domain_id": domain, "nodes": nodes})
        return FILES.format(name)

    def session(self, *words):
        return subprocess.Popen([SESSION, *words], cwd=self.world.folder, stdout=subprocess.PIPE,
                                text=True)

    def urls(self, *names):
        return {name: self.world.nodes[name].url for name in names}

    def tokens(self, times=200):
        write = self.deployment("write", **self.urls("a"))
        read = self.deployment("read", **self.urls("b"))
        self.slow.delay_s = 0.2
        with self.session("tokens", write, read, "session-key.json", str(times)) as child:
            said = json.loads(child.stdout.read() or "{}")
        self.slow.delay_s = 0
        seen, before, behind = said.get("named", (0, 0, 0))
        check("what was written is read elsewhere, or the node is behind",
              before == 0 and seen + behind == times, said)
        check("and nearly always it is fetched", seen > times // 2, said)
        check("which others bring later", said.get("plain", (0, 0, 0))[1] > times // 2, said)

    def repeats(self):
        a, b = (self.world.nodes[name] for name in "ab")
        self.slow.delay_s = 2
        for again in ("?again=true", ""):
            inner = {"key": f"repeat{again}", "value": "AA==", "if_absent": True}
            said = [self.world.call(node, "PUT", "/v1/app/values" + query, inner, f"key{again}")
                    for node, query in ((a, ""), (b, again))]
            versions = {one.get("answer", {}).get("version") for one in said}
            check(f"a request of two nodes {again or 'that are not told'} is done "
                  f"{'once' if again else 'twice'}",
                  None not in versions and len(versions) == (1 if again else 2), said)
        self.slow.delay_s = 0

    def answers_lost(self):
        """Whoever is asked third stays in front."""
        keys = {}

        def loses(name, number):
            def lose(method, path, count):
                del path, count
                asked = proxies[name].keys("PUT")
                keys.setdefault(name, [])
                if method == "PUT" and asked[-1] not in keys[name]:
                    keys[name].append(asked[-1])
                return method == "PUT" and keys[name].index(asked[-1]) == number
            return lose

        proxies = {name: Lossy(self.world.nodes[name].url, loses(name, number))
                   for name, number in (("c", 3), ("a", 5))}
        path = self.deployment("lost", **{name: proxy.url for name, proxy in proxies.items()},
                               **self.urls("b"))
        with self.session("writes", path, "session-key.json", "15", "lost-") as child:
            lines = [line.split() for line in child.stdout]
        for proxy in proxies.values():
            proxy.server.shutdown()
        again = [path for name in "ca" for _, path, _ in proxies[name].seen if "again" in path]
        check("the next one is told that it may be done", again == ["/v1/app/values?again=true"],
              again)
        check("answers that are lost lose no write", len(lines) == 15, lines)
        self.history(lines)

    def killed(self):
        """The node that is written to goes in the middle."""
        path = self.deployment("killed", **self.urls("c", "a", "b"))
        lines = []
        with self.session("writes", path, "session-key.json", "60", "killed-") as child:
            for line in child.stdout:
                lines.append(line.split())
                if len(lines) == 20:
                    self.world.nodes["c"].process.send_signal(signal.SIGKILL)
        self.world.nodes["c"].process.wait(10)
        self.world.nodes["c"].process = None
        check("the client goes on elsewhere", len(lines) == 60, lines[-1:])
        self.history(lines)

    def history(self, lines):
        """Everything that was acknowledged is there, of that version, on both that are left."""
        bad = [line for line in lines if line[0] != "ok"]
        check("each is acknowledged, and seen once", not bad, bad)
        for node in (self.world.nodes["a"], self.world.nodes["b"]):
            wrong = []
            for line in lines:
                if line[0] != "ok":
                    continue
                said = self.world.call(node, "POST", "/v1/app/values/get",
                                       {"key": line[1], "min_version": line[2]})
                if said.get("answer", {}).get("version") != line[2]:
                    wrong.append((line, said))
            check("none is lost, and none done twice", not wrong, wrong[:2])
