"""One file that holds a study: a ZIP archive with a checksum for each member.

A backup may come from anybody. Names are those we know and nothing else, so that nothing lies
outside; members are plain files; sizes are limited before and while they are read; nothing is
unpacked by the library, and nothing that is read is code.
"""

import hashlib
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from autolstm import private
from autolstm.errors import BackupError, shown

__all__ = ["FORMAT", "Archive", "check_text", "from_json", "opened", "write"]

KIND, FORMAT = "autolstm backup", 1
"""What it is, and the version of its layout; a newer one is refused."""

MANIFEST = "manifest.json"
NAMES = re.compile(
    r"study\.json|trials\.jsonl|report\.html|data\.npz"
    r"|model/(model\.json|network\.json|history\.npz|SHA256SUMS|seed-\d{1,4}\.weights\.h5)"
)
"""Every name that a member may have, beside the manifest."""

MOST_MEMBERS = 2000
MOST_BYTES = 2**31
MOST_TEXT = {MANIFEST: 2**20, "study.json": 2**26, "trials.jsonl": 2**29}
MOST_ITEMS = 2**25
"""Numbers, texts, lists and tables in one JSON text, each of which takes up to 64 bytes."""

MOST_TIMES, FREE_BYTES = 100, 2**20
"""How often larger than in the archive a member may be, beyond a size that harms nobody."""

STORED = (".npz",)
"""Members that are compressed already."""

END, LENGTH = b"PK\x05\x06", 22
"""The end of an archive without a remark, and how long it is."""


@dataclass(frozen=True, eq=False, slots=True)
class Archive:
    """An archive whose members are known and allowed.

    Attributes:
        path: The file.
        about: What the manifest says of it.
        sums: Checksum by member.
    """

    path: Path
    about: Mapping[str, Any]
    sums: Mapping[str, str]
    _zip: zipfile.ZipFile

    @property
    def size(self) -> int:
        """Bytes of all members as they are written out."""
        return sum(one.file_size for one in self._zip.infolist())

    def read(self, name: str) -> bytes:
        """Return a member, exactly as it was written.

        Raises:
            BackupError: It is missing or was changed.
        """
        if name not in self.sums:
            raise _damaged(self.path, f"there is no {name} in it")
        content = _member(self.path, self._zip, name)
        if hashlib.sha256(content).hexdigest() != self.sums[name]:
            raise _damaged(self.path, f"{name} or its checksum was changed")
        return content


def write(path: Path, members: Mapping[str, bytes], about: Mapping[str, Any]) -> None:
    """Write an archive, over an older one, whole or not at all.

    Raises:
        BackupError: It is larger than what is read back.
        OSError: It cannot be written.
    """
    for name, content in members.items():
        check_text(path, name, content)
    if sum(map(len, members.values())) > MOST_BYTES:
        raise BackupError(
            f"The backup {path} would hold more than {MOST_BYTES >> 30} GiB, which is not read "
            f"back. Copy the folder of studies as a whole while no study runs."
        )
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    said = {"kind": KIND, "format": FORMAT, "autolstm": version("autolstm"), **about}
    manifest = json.dumps({**said, "sha256": sums}, indent=2).encode()
    with private.writing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, content in {MANIFEST: manifest, **members}.items():
            archive.writestr(name, content, _compression(name, content))


def _compression(name: str, content: bytes) -> int:
    """Return how a member is kept, so that it never looks like one that is meant to burst."""
    if name.endswith(STORED):
        return zipfile.ZIP_STORED
    bursts = len(content) > FREE_BYTES and _bursts(len(content), len(zlib.compress(content)))
    return zipfile.ZIP_STORED if bursts else zipfile.ZIP_DEFLATED


def _bursts(size: int, packed: int) -> bool:
    return size > MOST_TIMES * packed + FREE_BYTES


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive and check all that can be known before a member is read.

    Raises:
        BackupError: It is no backup, damaged, of a newer autolstm, or not to be trusted.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            _check_end(path, file)
            archive = stack.enter_context(zipfile.ZipFile(file))
            names = _checked(path, archive.infolist())
            about = _manifest(path, archive)
        except zipfile.BadZipFile as error:
            raise _damaged(path, str(error)) from None
        except OSError as error:
            raise BackupError(
                f"The backup {path} cannot be read: {error.strerror or error}. Check the path, "
                f"and that you may read it."
            ) from None
        sums = about["sha256"]
        for odd in sorted(sums.keys() ^ (names - {MANIFEST})):
            raise _damaged(path, f"{shown(odd)} is in it or in its manifest alone")
        yield Archive(path, about, sums, archive)


def _check_end(path: Path, file: BinaryIO) -> None:
    """Refuse a list of members that is too long, before it is read as a whole."""
    size = file.seek(0, 2)
    file.seek(max(0, size - LENGTH))
    end = file.read(LENGTH)
    if end[:4] != END or end[20:] != b"\0\0":
        raise BackupError(
            f"{path} is no backup of autolstm, or not a whole one: it does not end as one does. "
            f"Give a file that `autolstm backup` wrote, or copy it again from where it came."
        )
    members, listed = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    file.seek(max(0, size - LENGTH - 20))
    if members > MOST_MEMBERS or listed > 500 * MOST_MEMBERS or file.read(4) == b"PK\x06\x07":
        raise _untrusted(path, f"it lists more than {MOST_MEMBERS} members")
    file.seek(0)


def _checked(path: Path, members: list[zipfile.ZipInfo]) -> set[str]:
    """Refuse members that we have not written; return the names of all."""
    for one in members:
        name, kind = one.orig_filename, stat.S_IFMT(one.external_attr >> 16)
        if name != MANIFEST and not NAMES.fullmatch(name):
            raise _untrusted(path, f"it has a member {shown(name)}, which no backup has")
        if kind not in (0, stat.S_IFREG) or one.flag_bits & 1:
            raise _untrusted(path, f"{name} is a link, a device or encrypted, and no plain file")
        if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _untrusted(path, f"{name} is packed in a way that backups are not")
        if one.file_size > MOST_TEXT.get(name, MOST_BYTES):
            raise _untrusted(path, f"{name} has {one.file_size} bytes, more than it may")
        if _bursts(one.file_size, one.compress_size):
            raise _untrusted(path, f"{name} is more than {MOST_TIMES} times larger than it looks")
    if sum(one.file_size for one in members) > MOST_BYTES + FREE_BYTES:
        raise _untrusted(path, f"its members have more than {MOST_BYTES} bytes together")
    names = {one.filename for one in members}
    if len(names) < len(members):
        raise _untrusted(path, "it has two members of one name")
    return names


def _manifest(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        said = from_json(path, MANIFEST, _member(path, archive, MANIFEST))
        known = said["kind"] == KIND and isinstance(said["format"], int)
        known = known and all(isinstance(one, str) for one in said["sha256"].values())
    except (KeyError, TypeError, AttributeError):
        known = False
    if not known:
        raise BackupError(
            f"{path} is no backup of autolstm: its {MANIFEST} is missing or another. Give a file "
            f"that `autolstm backup` wrote."
        )
    if said["format"] > FORMAT:
        raise BackupError(
            f"The backup {path} was written by autolstm {shown(said.get('autolstm'))} in a newer "
            f"format ({said['format']}, this one reads {FORMAT}). Upgrade with `pip install "
            f"--upgrade autolstm`."
        )
    return dict(said)


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    try:
        with archive.open(info) as file:
            # What is said of the size is what is read at most, whatever is behind it.
            content = file.read(info.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(path, f"{name} cannot be unpacked ({error})") from None
    if len(content) != info.file_size:
        raise _damaged(path, f"{name} ends too early")
    return content


def from_json(path: Path, name: str, content: bytes) -> Any:
    """Read JSON that may be meant to exhaust whoever reads it.

    Raises:
        BackupError: It is no JSON, too deep, or of too many parts.
    """
    check_text(path, name, content)
    try:
        return json.loads(content)
    except RecursionError:
        raise _untrusted(path, f"{name} is nested too deeply") from None
    except ValueError as error:
        raise _damaged(path, f"{name} is no JSON ({error})") from None


def check_text(path: Path, name: str, content: bytes) -> None:
    """Refuse a text that would become more in memory than anybody has.

    Raises:
        BackupError: It is too long, or of too many parts.
    """
    if name not in MOST_TEXT:
        return
    items = sum(map(content.count, (b",", b"[", b"{")))
    if len(content) > MOST_TEXT[name] or items > MOST_ITEMS:
        raise BackupError(
            f"{name} of the backup {path} has {len(content)} bytes and {items} values, more than "
            f"the {MOST_TEXT[name]} and {MOST_ITEMS} that are read back. Copy the folder of "
            f"studies as a whole while no study runs."
        )


def _damaged(path: Path, how: str) -> BackupError:
    return BackupError(
        f"The backup {path} is damaged: {how}. Copy it again from where it came, or take another "
        f"one."
    )


def _untrusted(path: Path, how: str) -> BackupError:
    return BackupError(
        f"The backup {path} is not one that autolstm has written: {how}. It is not touched. Take "
        f"one from somebody whom you trust."
    )
