"""Check an exported history on its own: `python verify_history.py FILE-OR-FOLDER … [--key HEX]`.

Needs Python and the package `cryptography`; shares no code with the program that wrote the file.
A key given with --key, from a source that you trust, is used in place of the one in the file.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASHED = ("stream", "version", "id", "type", "schema_version", "effective_at", "recorded_at")


def event_hash(line: dict) -> str:
    """SHA-256 of the previous hash and each field, after its length in four bytes."""
    digest = hashlib.sha256(bytes.fromhex(line["previous_hash"]))
    parts = [str(line[name]).encode() for name in HASHED] + [line["subject"].encode()]
    parts += [base64.b64decode(line["data"]), base64.b64decode(line["meta"])]
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()


def leaf(line: dict) -> bytes:
    stream = bytes.fromhex(line["stream"].replace("-", ""))
    numbers = line["position"].to_bytes(8, "big") + stream + line["version"].to_bytes(4, "big")
    return hashlib.sha256(b"\x00" + numbers + bytes.fromhex(line["hash"])).digest()


def root(level: list) -> str:
    while len(level) > 1:
        above = [
            hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest()
            for at in range(0, len(level) - 1, 2)
        ]
        level = above + level[len(above) * 2 :]
    return level[0].hex()


def check(lines: list, key: str | None) -> list:
    header, faults = lines[0], []
    events = [line for line in lines if line["kind"] == "event"]
    seals = [line for line in lines if line["kind"] == "seal"]
    heads: dict = {}
    for line in events:
        where = f"stream {line['stream']}, version {line['version']}"
        version, head = heads.get(line["stream"], (0, "00" * 32))
        if (line["version"], line["previous_hash"]) != (version + 1, head):
            faults.append(f"{where}: does not continue the event before it (version {version})")
        if event_hash(line) != line["hash"]:
            faults.append(f"{where}: its bytes are not those that were hashed")
        heads[line["stream"]] = (line["version"], line["hash"])
    return faults + check_seals(header, events, seals, key or header["public_key"])


def check_seals(header: dict, events: list, seals: list, key: str) -> list:
    faults, previous, last = [], "00" * 32, 0
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    for number, seal in enumerate(seals, start=1):
        where = f"seal {seal['number']}"
        if (seal["number"], seal["first"], seal["previous"]) != (number, last, previous):
            faults.append(f"{where}: does not continue the seal before it")
        names = ("number", "first", "last", "count", "merkle_root", "previous")
        plain = [header["service"], *(str(seal[name]) for name in names)]
        body = "\n".join(["merit seal v1", *plain]).encode()
        try:
            public.verify(bytes.fromhex(seal["signature"]), body)
        except InvalidSignature:
            faults.append(f"{where}: its signature does not fit the key")
        inside = [e for e in events if seal["first"] < e["position"] <= seal["last"]]
        if len(inside) != seal["count"]:
            faults.append(f"{where}: holds {len(inside)} events, sealed were {seal['count']}")
        elif root([leaf(event) for event in inside]) != seal["merkle_root"]:
            faults.append(f"{where}: holds other events than were sealed")
        previous = hashlib.sha256(body + bytes.fromhex(seal["signature"])).hexdigest()
        last = seal["last"]
    return faults


def files_of(name: str) -> list[Path]:
    """The file itself, or those of the folder."""
    path = Path(name)
    return sorted(path.glob("*.jsonl")) if path.is_dir() else [path]


def shown(file: Path, key: str | None) -> bool:
    """Print what the file holds and what is wrong with it; whether all is well."""
    try:
        with file.open(encoding="utf-8") as text:
            lines = [json.loads(line) for line in text]
        faults = check(lines, key)
        kinds = [line["kind"] for line in lines]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        print(f"{file}: is no exported history: {type(error).__name__}: {error}")
        return False
    print(f"{file}: {kinds.count('event')} events, {kinds.count('seal')} seals", end=": ")
    print("all well" if not faults else f"{len(faults)} faults")
    for fault in faults:
        print(f"  {fault}")
    return not faults


def main() -> int:
    parser = argparse.ArgumentParser(description="Check exported histories.")
    parser.add_argument("files", nargs="+", help="exported files, or folders of them")
    parser.add_argument("--key", help="the seals' public key, in hex")
    given = parser.parse_args()
    files = [file for name in given.files for file in files_of(name)]
    if not files:
        print("no *.jsonl files there")
    wrong = [file for file in files if not shown(file, given.key)]
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
