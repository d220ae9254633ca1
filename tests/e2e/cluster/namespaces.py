"""Hosts in network namespaces of their own, joined by a bridge in the namespace of the caller, and nft
rules on the bridge that drop what one sends to another. The caller must be in a namespace of its own
already; everything goes with it. Needs root, ip and nft.

Development builds listen on loopback alone and are asked for no other host. So each host has a port of
its own, and in every namespace that port of 127.0.0.1 leads over the bridge to the host that has it."""

import subprocess

HERE = "10.77.0.254"

RULES = """
table bridge storm {
    set cut { type ipv4_addr . ipv4_addr; }
    set deaf { type ipv4_addr; }
    chain between { type filter hook forward priority 0; ip saddr . ip daddr @cut drop; }
    chain here { type filter hook input priority 0; ip saddr @deaf tcp dport CHAIN drop; }
}
"""

# In every namespace: to others under their addresses, and what comes to its own address to loopback.
LEADS = """
table ip storm {
    chain out { type nat hook output priority -100; TO }
    chain arrived { type nat hook prerouting priority -100; FROM }
    chain leaving { type nat hook postrouting priority 100; ip saddr 127.0.0.1 oif != "lo" masquerade; }
}
"""


def call(*words, text=None):
    subprocess.run(words, input=text, text=True, check=True)


class Net:
    """In: names of the hosts."""

    def __init__(self, names):
        self.holders = []
        self.addresses = {name: f"10.77.0.{i + 1}" for i, name in enumerate(names)}
        self.ports = {name: 4001 + i for i, name in enumerate(names)}
        for words in ("link set lo up", "link add br0 type bridge", "link set br0 up",
                      f"addr add {HERE}/24 dev br0"):
            call("ip", *words.split())
        self.lead(None)
        self.inside = {name: self.host(name) for name in names}

    def host(self, name):
        """Its namespace lives as long as a process that waits for the end of this one. Returns: the
        words that call a program in it."""
        holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        holder.stdout.readline()
        self.holders.append(holder)
        inside = ("nsenter", f"--net=/proc/{holder.pid}/ns/net")
        call("ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns",
             str(holder.pid))
        call("ip", "link", "set", f"to-{name}", "master", "br0", "up")
        for words in ("link set lo up", f"addr add {self.addresses[name]}/24 dev eth0",
                      "link set eth0 up"):
            call(*inside, "ip", *words.split())
        self.lead(name, inside)
        return inside

    def lead(self, host, inside=()):
        to = "".join(f"ip daddr 127.0.0.1 tcp dport {port} dnat to {self.addresses[name]}; "
                     for name, port in self.ports.items() if name != host)
        port = self.ports.get(host)
        arrived = f"tcp dport {port} dnat to 127.0.0.1;" if port else ""
        call(*inside, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet")
        call(*inside, "nft", "-f", "-", text=LEADS.replace("TO", to).replace("FROM", arrived))

    def rules(self, port):
        """port: what deaf hosts cannot reach here."""
        call("nft", "-f", "-", text=RULES.replace("CHAIN", str(port)))

    def cut(self, sender, receiver):
        pair = f"{self.addresses[sender]} . {self.addresses[receiver]}"
        call("nft", "add", "element", "bridge", "storm", "cut", f"{{ {pair} }}")

    def deafen(self, name):
        call("nft", "add", "element", "bridge", "storm", "deaf", f"{{ {self.addresses[name]} }}")

    def heal(self):
        for name in ("cut", "deaf"):
            call("nft", "flush", "set", "bridge", "storm", name)

    def close(self):
        for holder in self.holders:
            holder.stdin.close()
            holder.wait(10)
