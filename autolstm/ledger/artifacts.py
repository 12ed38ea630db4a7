"""Files that belong to studies, named by their checksum, in a folder or in S3.

Optuna's artifact stores do the reading and writing. Their own way of naming, a random name noted
in the study before the file is there, leaves notes of files that never came; a file that is named
by what is in it is written first, once, and proves itself whenever it is read.
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from optuna.artifacts import Boto3ArtifactStore, FileSystemArtifactStore
from optuna.artifacts.exceptions import ArtifactNotFound

from autolstm import private
from autolstm.errors import SettingError, StorageError

__all__ = ["Artifacts", "open_artifacts"]

FOLDER = "artifacts"
"""Where they lie in a home, if nothing else is said."""


class _PrivateFiles(FileSystemArtifactStore):
    """Optuna's store in a folder; a file is whole or not there, and for its user alone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        """Write a file beside its place, then put it there."""
        private.make_folder(self._folder)
        private.write(self._folder / artifact_id, content_body.read())


@dataclass(frozen=True, eq=False, slots=True)
class Artifacts:
    """Files by their checksums.

    Attributes:
        store: Optuna's store.
        place: Where it is, for messages.
        prefix: Before each name in the store.
    """

    store: Any
    place: str
    prefix: str = ""

    def put(self, content: bytes) -> str:
        """Keep a file; return its address. One that is there already, and whole, stays.

        Raises:
            StorageError: It cannot be written.
        """
        address = hashlib.sha256(content).hexdigest()
        with self._reached():
            if self._read(address) != content:
                self.store.write(self.prefix + address, io.BytesIO(content))
        return address

    def get(self, address: str) -> bytes:
        """Return a file as it was put there.

        Raises:
            StorageError: It is not there, cannot be read, or was changed.
        """
        with self._reached():
            content = self._read(address)
        if content is None:
            raise StorageError(
                f"The file {address} is not in {self.place}. Bring it there from where the study "
                f"was made or from a backup, or run the study again with its data to keep it anew."
            )
        if hashlib.sha256(content).hexdigest() != address:
            raise StorageError(
                f"The file {address} in {self.place} is damaged: its checksum is not its name. "
                f"Delete it and run the study again with its data, or bring it from a backup."
            )
        return content

    def has(self, address: str) -> bool:
        """Whether a file of this name is there; it is not looked into.

        Raises:
            StorageError: The store cannot be reached.
        """
        with self._reached():
            try:
                self.store.open_reader(self.prefix + address).close()
            except ArtifactNotFound:
                return False
            return True

    def remove(self, address: str) -> None:
        """Delete a file; one that is not there is no mistake.

        Raises:
            StorageError: It cannot be deleted.
        """
        with self._reached():
            try:
                self.store.remove(self.prefix + address)
            except ArtifactNotFound:
                return

    def _read(self, address: str) -> bytes | None:
        try:
            with self.store.open_reader(self.prefix + address) as file:
                content: bytes = file.read()
        except ArtifactNotFound:
            return None
        return content

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except _faults() as error:
            said = getattr(error, "strerror", None) or str(error).splitlines()[0]
            raise StorageError(
                f"The artifacts in {self.place} cannot be read or written: {said}. It takes a "
                f"folder that can be written, on a disk with room, or an S3 bucket that lets you "
                f"in. Mend that, or give another place with --set artifacts=PLACE."
            ) from None


def open_artifacts(home: Path, place: str | None = None) -> Artifacts:
    """Return the store of a home's files; nothing is made before a file is put there.

    Args:
        home: Folder of studies.
        place: A folder, or ``s3://bucket/prefix``; None for `FOLDER` in the home.

    Raises:
        SettingError: The place is neither.
        StorageError: It is in S3, and boto3 is not there or not set up.
    """
    if place is None or "://" not in place:
        folder = home / FOLDER if place is None else Path(place).expanduser()
        return Artifacts(_PrivateFiles(folder), str(folder))
    bucket, prefix = _in_s3(place)
    try:
        store = Boto3ArtifactStore(bucket, avoid_buf_copy=True)
    except ImportError:
        raise StorageError(
            f"The artifacts in {place} need boto3, which is not installed. Install it with `pip "
            f"install 'autolstm[s3]'`, or keep them in a folder."
        ) from None
    except _faults() as error:
        raise StorageError(
            f"The artifacts in {place} cannot be reached: {error}. boto3 takes region and keys "
            f"from the environment or from ~/.aws. Set them, or keep artifacts in a folder."
        ) from None
    return Artifacts(store, place, prefix)


def _in_s3(place: str) -> tuple[str, str]:
    """Return bucket and prefix of a URL."""
    parts = urlsplit(place)
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
        raise SettingError(
            f"artifacts = {place.partition('://')[0]}://... is not accepted. It takes a folder, "
            f"or s3://bucket/prefix without keys or a password: boto3 finds those itself.",
            "artifacts",
        )
    prefix = parts.path.strip("/")
    return parts.netloc, f"{prefix}/" if prefix else ""


def _faults() -> tuple[type[Exception], ...]:
    """Return what a store raises that cannot be reached; boto3 is not there for everybody."""
    try:
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        return (OSError,)
    return (OSError, Boto3Error, BotoCoreError, ClientError)
