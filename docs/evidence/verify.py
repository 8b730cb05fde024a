#!/usr/bin/env python3
"""Checks an exported log of Souk against its tree heads. Written from docs/evidence.md alone.

    verify.py LOG [--head FILE]... [--key KEY]... [--vectors FILE]

LOG is a file of `souk-replay export`. It needs nothing but Python 3.9; signatures are checked where the library
`cryptography` is installed, and it says so where it is not. It ends with 0 when all is well, with 1 when it has found
a fault, and with 2 when it could not do its work.
"""

import argparse
import base64
import datetime
import hashlib
import json
import re
import struct
import sys

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None

TEXTS = ["aggregate_type", "aggregate_id", "event_type", "event_version", "payload", "metadata"]
DECODER = json.JSONDecoder()


class Unreadable(Exception):
    """The work cannot be done."""


# One event as bytes ------------------------------------------------------------------------------------------------


def microseconds(text):
    """Since 1970, exactly: a float would not do."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(?:Z|\+00:00)", text)
    if not match:
        raise Unreadable(f"{text} is no time in UTC")
    moment = datetime.datetime.fromisoformat(match[1])
    seconds = (moment - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1)
    return seconds * 1_000_000 + int((match[2] or "").ljust(6, "0"))


def field(data):
    return struct.pack(">I", 0xFFFFFFFF) if data is None else struct.pack(">I", len(data)) + data


def encode(event):
    """`payload` and `metadata` are the stored texts."""
    numbers = [event["position"], microseconds(event["recorded_at"]), event["sequence"]]
    fields = [struct.pack(">q", number) for number in numbers]
    fields += [None if event[name] is None else event[name].encode() for name in TEXTS]
    return b"soukevt1" + b"".join(map(field, fields))


def members(text, start):
    """The members of the JSON object that begins at `start`: name to the text of the value, as it stands there."""
    blank = re.compile(r"[ \t\r\n]*")
    found, at = {}, blank.match(text, start + 1).end()
    while text[at] != "}":
        name, at = DECODER.raw_decode(text, at)
        at = blank.match(text, at).end()
        if text[at] != ":":
            raise ValueError("no colon")
        at = blank.match(text, at + 1).end()
        _, end = DECODER.raw_decode(text, at)
        found[name] = text[at:end]
        at = blank.match(text, end).end()
        if text[at] == ",":
            at = blank.match(text, at + 1).end()
    return found


def event_of(text):
    """The event of a value of an `event` line."""
    raw = members(text, 0)
    event = {name: raw[name] if name in ("payload", "metadata") else json.loads(raw[name]) for name in raw}
    return event


# The tree ----------------------------------------------------------------------------------------------------------


def leaf_hash(data):
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """The complete subtrees, the largest first, as (number of leaves, hash)."""

    def __init__(self, subtrees=()):
        self.subtrees = list(subtrees)

    def size(self):
        return sum(leaves for leaves, _ in self.subtrees)

    def append(self, leaf):
        self.subtrees.append((1, leaf))
        while len(self.subtrees) > 1 and self.subtrees[-2][0] == self.subtrees[-1][0]:
            (leaves, left), (_, right) = self.subtrees[-2:]
            self.subtrees[-2:] = [(2 * leaves, node_hash(left, right))]

    def root(self):
        if not self.subtrees:
            return hashlib.sha256(b"").digest()
        root = self.subtrees[-1][1]
        for _, left in reversed(self.subtrees[:-1]):
            root = node_hash(left, root)
        return root

    def grown(self, leaves):
        if any(leaf is None for leaf in leaves):
            return None
        tree = Tree(self.subtrees)
        for leaf in leaves:
            tree.append(leaf)
        return tree


# Notes, keys and heads ---------------------------------------------------------------------------------------------


class Key:
    def __init__(self, text):
        self.text = text
        try:
            self.name, digits, data = text.split("+", 2)
            data = base64.b64decode(data, validate=True)
        except ValueError as error:
            raise Unreadable(f"{text} is no key") from error
        self.id = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        if len(data) != 33 or data[0] != 1 or self.id.hex() != digits:
            raise Unreadable(f"{text} is no key")
        self.public = data[1:]

    def has_signed(self, note):
        """Without the library, whether it is said to have."""
        for name, data in note.signatures:
            if name == self.name and data[:4] == self.id:
                if Ed25519PublicKey is None:
                    return True
                try:
                    Ed25519PublicKey.from_public_bytes(self.public).verify(data[4:], note.text.encode())
                    return True
                except InvalidSignature:
                    pass
        return False


class Note:
    def __init__(self, text):
        body, separator, signatures = text.rpartition("\n\n")
        if not separator or not signatures.endswith("\n"):
            raise Unreadable("this is no signed note")
        self.text, self.signatures = body + "\n", []
        for line in signatures.splitlines():
            match = re.fullmatch("\u2014 ([^ +]+) ([A-Za-z0-9+/=]+)", line)
            if not match:
                raise Unreadable("this is no signed note")
            self.signatures.append((match[1], base64.b64decode(match[2], validate=True)))


class Head:
    FORM = re.compile(r"([^\n]+)\n(0|[1-9]\d*)\n([A-Za-z0-9+/]{43}=)\nepoch ([1-9]\d*)\ntime (\S+Z)\n")

    def __init__(self, text):
        note = Note(text)
        match = self.FORM.fullmatch(note.text)
        if not match:
            raise Unreadable("this is no tree head")
        self.note, self.origin, self.size = note, match[1], int(match[2])
        self.root, self.time = base64.b64decode(match[3]), match[5]


def introduced(text):
    """The key that a note introduces, and the one that signed before it; None where it is not signed by itself."""
    note = Note(text)
    match = re.fullmatch(r"souk evidence key\n(\S+)\nafter \d+\n(?:former (\S+)\n)?", note.text)
    if not match:
        return None
    key = Key(match[1])
    return (key, match[2], note) if key.has_signed(note) else None


# A log -------------------------------------------------------------------------------------------------------------


class Log:
    """What a file holds: the hashes of its events, and its evidence. Its own seal comes first."""

    def __init__(self, path):
        self.leaves, self.sealed, self.keys, self.heads = [], [], [], []
        digest, end = hashlib.sha256(), None
        with open(path, "rb") as file:
            for line in file:
                if end is not None:
                    raise Unreadable("there is something behind the end of the log")
                try:
                    text = line.decode()
                    kind = next(iter(lines := members(text, 0)))
                    if kind == "end":
                        end = json.loads(lines[kind])
                        continue
                    digest.update(line)
                    self.take(kind, lines[kind])
                except (ValueError, KeyError, IndexError, StopIteration) as error:
                    raise Unreadable(f"a line is not that of an exported log: {error}") from error
        if end is None:
            raise Unreadable("the file is only a part of a log")
        if end["sha256"] != digest.hexdigest() or end["events"] != len(self.leaves):
            raise Unreadable("the file was changed after it was exported")

    def take(self, kind, text):
        if kind == "event":
            event = event_of(text)
            if event["position"] != len(self.leaves) + 1:
                raise Unreadable(f"position {len(self.leaves) + 1} is missing")
            self.leaves.append(leaf_hash(encode(event)))
        elif kind == "leaves":
            leaves = json.loads(text)
            data = base64.b64decode(leaves["hashes"], validate=True)
            if leaves["first"] != len(self.sealed) + 1 or len(data) % 32:
                raise Unreadable("a line with hashes is not that of an exported log")
            self.sealed += [data[at : at + 32] for at in range(0, len(data), 32)]
        elif kind == "key":
            self.keys.append(json.loads(text))
        elif kind == "head":
            self.heads.append(json.loads(text)["note"])


def believed(given, log, fault):
    known = [found for found in (introduced(key["note"]) for key in log.keys) if found]
    if len(known) < len(log.keys):
        fault("a key is not introduced by a note of its own")
    keys = list(given) or [known[0][0]] if known or given else []
    texts = lambda: {key.text for key in keys}
    while True:
        vouched = [key for key, _, note in known if key.text not in texts() and any(k.has_signed(note) for k in keys)]
        former = [Key(name) for key, name, _ in known if key.text in texts() and name and name not in texts()]
        if not vouched + former:
            break
        keys.append((vouched + former)[0])
    for key, _, _ in known:
        if key.text not in texts():
            fault(f"no key that is believed vouches for {key.text}")
    return keys


def compare(log, heads, fault):
    """Holds the events against the heads; answers how many are covered by one that holds."""
    proved, tree = 0, Tree()
    for head in sorted(heads, key=lambda head: head.size):
        positions = range(proved + 1, head.size + 1)
        events = [log.leaves[at - 1] if at <= len(log.leaves) else None for at in positions]
        sealed = [log.sealed[at - 1] if at <= len(log.sealed) else None for at in positions]
        by_events, by_sealed = tree.grown(events), tree.grown(sealed)
        if by_events and by_events.root() == head.root:
            tree = by_events
            for position, event, stored in zip(positions, events, sealed):
                if stored not in (None, event):
                    fault(f"event {position} is as it was sealed, but its stored hash was changed")
        elif by_sealed and by_sealed.root() == head.root:
            tree = by_sealed
            for position, event, stored in zip(positions, events, sealed):
                if event is None:
                    fault(f"event {position} was sealed, and is missing")
                elif event != stored:
                    fault(f"event {position} was changed after it was sealed")
        else:
            fault(f"the events from position {proved + 1} to {head.size} are not those that a tree head covers")
            return proved
        proved = head.size
    return proved


def check_vectors(path):
    """The test vectors of the specification."""
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    tree = Tree()
    for vector in vectors["events"]:
        data = encode(vector["event"])
        if data.hex() != vector["encoding"] or leaf_hash(data).hex() != vector["leaf_hash"]:
            raise Unreadable(f"the encoding of the event at {vector['event']['position']} is another one")
        tree.append(leaf_hash(data))
        if tree.root().hex() != vector["root"]:
            raise Unreadable(f"the root of {tree.size()} events is another one")
    for note in vectors["notes"]:
        if not Key(note["key"]).has_signed(Head(note["note"]).note):
            raise Unreadable("a signature of the vectors is not good")
    print(f"{len(vectors['events'])} vectors as specified")


def run():
    parser = argparse.ArgumentParser(description="Checks an exported log of Souk against its tree heads.")
    parser.add_argument("log", nargs="?", help="a file of `souk-replay export`")
    parser.add_argument("--head", action="append", default=[], help="a tree head that was obtained elsewhere")
    parser.add_argument("--key", action="append", default=[], help="a public key that was obtained elsewhere")
    parser.add_argument("--vectors", help="test vectors to check")
    wanted = parser.parse_args()
    if wanted.vectors:
        check_vectors(wanted.vectors)
    if not wanted.log:
        return 0
    faults = []

    def fault(text):
        faults.append(text)
        print(f"fault: {text}")

    if Ed25519PublicKey is None:
        print("the library cryptography is not installed: signatures are not checked")
    log = Log(wanted.log)
    keys = believed([Key(text) for text in wanted.key], log, fault)
    notes = list(log.heads)
    for path in wanted.head:
        with open(path, encoding="utf-8") as file:
            notes.append(file.read())
    heads = []
    for note in notes:
        head = Head(note)
        if any(key.name == head.origin and key.has_signed(head.note) for key in keys):
            heads.append(head)
        else:
            fault(f"the tree head of {head.size} events is not signed by a key that is believed")
    if not wanted.key:
        for key in keys:
            print(f"signed by a key that stands beside the log: {key.text}")
    if not heads and log.leaves:
        fault("no event is under a tree head: nothing can be proved of this log")
    proved = compare(log, heads, fault)
    covered = max((head.size for head in heads), default=0)
    if len(log.leaves) > covered:
        print(f"the events from position {covered + 1} to {len(log.leaves)} are not yet under a tree head")
    said = f"{len(faults)} faults" if len(faults) != 1 else "1 fault"
    print(f"{len(log.leaves)} events, {proved} of them as they were sealed: {said if faults else 'no fault'}")
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(run())
    except (OSError, Unreadable) as error:
        print(f"verify.py: {error}", file=sys.stderr)
        sys.exit(2)
