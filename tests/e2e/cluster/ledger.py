"""What clients of a cluster were told, apart from the nodes, and what must be there because of it."""

import collections
import threading

# Of a write: settled; not, but it may be there; no answer, so it may be there; it was not done.
SETTLED, UNSETTLED, UNKNOWN, REFUSED = "settled", "unsettled", "unknown", "refused"

Write = collections.namedtuple("Write", "text begun ended outcome version")  # text: None deletes


def outcome(said):
    """Of an answer to a write. Returns: outcome and version, or None."""
    body = said.get("body") or {}
    if "answer" in said:
        return SETTLED, said["answer"].get("version")
    if said.get("code") == "WRITE_UNSETTLED":
        return UNSETTLED, body["version"]
    return (REFUSED, None) if "status" in said else (UNKNOWN, None)


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.writes = collections.defaultdict(list)  # by app and key
        self.counts = collections.Counter()
        self.codes = collections.Counter()

    def note(self, name, write, code=None):
        with self.lock:
            self.counts["delete" if write.text is None else "put", write.outcome] += 1
            if write.outcome == REFUSED:
                self.codes[code] += 1
            else:
                self.writes[name].append(write)

    def names(self, is_in):
        with self.lock:
            return [name for name in self.writes if is_in(name)]

    def text_of(self, name, version):
        """What a write of this version wrote. Returns: None where its answer was lost."""
        for write in self.writes[name]:
            if write.version == version:
                return write.text
        return None

    def wrong(self, name, seen):
        """seen: the version that all nodes have, or None. Returns: what is wrong with it, or None."""
        with self.lock:
            writes = list(self.writes[name])
        settled = [write for write in writes if write.outcome == SETTLED]
        for later in settled:
            for write in settled:
                if write.ended < later.begun and write.version >= later.version:
                    return f"{later} was settled with a version that is not after {write}"
        newest = max(settled, key=lambda write: write.version, default=None)
        if seen is None:
            return absence(writes, newest)
        if newest is not None and seen < newest.version:
            return f"{seen} is there, older than {newest}"
        of_seen = [write for write in writes if write.version == seen]
        if of_seen and of_seen[0].text is None:
            return f"{seen} deleted it and is there"
        if not of_seen and not any(lost(write, newest) and write.text for write in writes):
            return f"{seen} is there, which nobody wrote"
        return None


def lost(write, newest):
    """Whether nobody knows its version and it may be after the newest settled one."""
    return write.outcome == UNKNOWN and (newest is None or write.ended >= newest.begun)


def absence(writes, newest):
    if newest is None or newest.text is None:
        return None
    deletes = [write for write in writes if write.text is None]
    if any(lost(write, newest) or (write.version or "") > newest.version for write in deletes):
        return None
    return f"nothing is there, in spite of {newest}"
