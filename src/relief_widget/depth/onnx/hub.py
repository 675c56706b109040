"""Models from the Hugging Face hub, in its own cache: fetched once, then offline."""

from __future__ import annotations

import errno
import importlib
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from relief_widget.depth.onnx.checksums import WrongContentError, check, contradicts
from relief_widget.depth.onnx.models import Pin
from relief_widget.errors import DepthError

DownloadProgress = Callable[[int, int], None]

_TIMEOUT_S = 10.0
# Room that is left on the disk beside the model.
_SPARE_BYTES = 16 << 20
_PART_BYTES = 1 << 19
# The hub knows a commit by its whole name only; people write its beginning.
_SHORT_COMMIT = re.compile(r"[0-9a-f]{7,39}")

_settings = threading.Lock()


def cached(repository: str, file: str, revision: str) -> Path | None:
    """Return a file that was fetched before, None where there is none; the network is not used.

    It is not read: `verify` tells whether it is what it should be.

    Raises
    ------
    DepthError
        huggingface_hub is missing.
    """
    hub = _hub()
    with _explained(repository, file, revision):
        for name in (revision, *_commits_here(repository, revision)):
            try:
                return Path(
                    hub.hf_hub_download(repository, file, revision=name, local_files_only=True)
                )
            except hub.errors.LocalEntryNotFoundError:
                continue
    return None


def verify(path: Path, file: str, pin: Pin | None) -> None:
    """Check a file of the cache, which is read through unless a note says that it was before.

    Parameters
    ----------
    path
        From `cached` or `fetch`.
    file
        Its path in the repository.
    pin
        What it must be; None: what the hub called it when it was fetched.

    Raises
    ------
    DepthError
        It is something else; it was removed.
    """
    # The cache names a content as the hub does; on Windows there may be no link to it.
    wrong = _wrong(path, file, pin, _content(path).name)
    if wrong is not None:
        raise DepthError(
            f"The model file {Path(file).name!r} on this machine is not the one that it should be "
            f"({wrong}).",
            "It was removed; try again to fetch it anew.",
        )


def fetch(
    repository: str,
    file: str,
    revision: str,
    progress: DownloadProgress,
    *,
    endpoint: str | None,
    pin: Pin | None,
    accept: Callable[[int], None],
) -> Path:
    """Fetch a file into the hub's cache, and check that it is what it should be.

    Parameters
    ----------
    repository, file, revision
        As on the hub; a commit may be given by its first seven digits or more.
    progress
        Called with the bytes that are done and the bytes in all; an exception that it raises stops
        the download and reaches the caller. What was fetched until then is thrown away.
    endpoint
        Of a mirror; None: the hub.
    pin
        What the file must be; None: what the hub says that it is.
    accept
        Called with the size in bytes before any of them is fetched; an exception that it raises
        reaches the caller.

    Returns
    -------
    Path
        Path of the file in the cache.

    Raises
    ------
    DepthError
        It cannot be had: there is no network, no such repository or file, or no room; or what came
        is not what it should be, and nothing of it is kept.
    """
    hub = _hub()
    bar = _bar(progress)
    try:
        with _explained(repository, file, revision):
            revision = _whole_commit(repository, revision, endpoint)
            url = hub.hf_hub_url(repository, file, revision=revision, endpoint=endpoint)
            # One quick question first: hf_hub_download asks for half a minute before it gives up,
            # and warns about a full disk instead of stopping.
            said = hub.get_hf_file_metadata(url, timeout=_TIMEOUT_S, endpoint=endpoint)
            if pin is not None and contradicts(said.etag, said.size, pin):
                raise DepthError(
                    f"The hub has another {Path(file).name!r} of {repository!r} than the one that "
                    "is known.",
                    "To take it all the same, name its revision, such as revision='main'.",
                )
            if said.size is not None:
                accept(said.size)
            _check_room(said.size, file)
            with _stoppable():
                found = Path(
                    hub.hf_hub_download(
                        repository,
                        file,
                        revision=revision,
                        endpoint=endpoint,
                        etag_timeout=_TIMEOUT_S,
                        tqdm_class=bar,
                    )
                )
            # Of what has just come, no older note tells anything.
            _note(found, file).unlink(missing_ok=True)
            wrong = _wrong(found, file, pin, said.etag)
            if wrong is not None:
                raise DepthError(
                    f"What came is not the model file {Path(file).name!r} that was announced "
                    f"({wrong}).",
                    "It was thrown away. Try again; if it happens again, do not trust this "
                    "connection or mirror.",
                )
    except BaseException:
        if bar.stopped is not None:
            raise bar.stopped from None
        raise
    return found


def _wrong(path: Path, file: str, pin: Pin | None, announced: str | None) -> str | None:
    """Return why a file is not what it should be, and remove it then; None where it is."""
    try:
        check(path, _note(path, file), pin, announced)
    except WrongContentError as error:
        for name in (_content(path), path, _note(path, file)):
            name.unlink(missing_ok=True)
        return re.sub(r"[0-9a-f]{32,}", lambda match: match[0][:12] + "…", str(error))
    return None


def _note(path: Path, file: str) -> Path:
    """Return where the note of a file is: beside the cache's snapshots, and removed with them."""
    snapshot = path.parents[len(Path(file).parts) - 1]
    return snapshot.parent.parent / "relief_widget" / snapshot.name / f"{file}.json"


def _content(path: Path) -> Path:
    """Return where the cache has the content of a file.

    That may in turn be a link into a store that several caches share, where names are others.
    """
    return path.parent / path.readlink() if path.is_symlink() else path


def _commits_here(repository: str, revision: str) -> list[str]:
    """Return the whole names of the commit in the cache that begins as `revision` does."""
    if not _SHORT_COMMIT.fullmatch(revision):
        return []
    constants = importlib.import_module("huggingface_hub.constants")
    name = f"models--{repository.replace('/', '--')}"
    snapshots = Path(constants.HF_HUB_CACHE) / name / "snapshots"
    found = [folder.name for folder in snapshots.glob(f"{revision}*")]
    return found if len(found) == 1 else []


def _whole_commit(repository: str, revision: str, endpoint: str | None) -> str:
    """Return the whole name of a commit; anything else as it is."""
    if not _SHORT_COMMIT.fullmatch(revision):
        return revision
    commits = _hub().HfApi(endpoint=endpoint).list_repo_commits(repository)
    found = [item.commit_id for item in commits if item.commit_id.startswith(revision)]
    # It may also be the name of a branch or a tag.
    return str(found[0]) if len(found) == 1 else revision


def _hub() -> Any:
    try:
        hub = importlib.import_module("huggingface_hub")
        importlib.import_module("huggingface_hub.errors")
    except ImportError as error:
        raise DepthError(
            "Fetching a model needs huggingface_hub, which is not installed.",
            'Run: pip install "relief_widget[local]"',
        ) from error
    return hub


def _bar(progress: DownloadProgress) -> Any:
    """Return what huggingface_hub takes for a class of progress bars, one for one download."""

    class Bar:
        stopped: BaseException | None = None

        def __init__(self, *, total: float | None = None, initial: float = 0, **_: object) -> None:
            self.total = total
            self.n = initial
            self._tell()

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            self._tell()

        def _tell(self) -> None:
            try:
                progress(int(self.n), int(self.total or 0))
            except BaseException as error:
                Bar.stopped = error
                raise

    return Bar


@contextmanager
def _stoppable() -> Iterator[None]:
    """Have huggingface_hub fetch over plain HTTP, in parts that come often.

    Its Xet client cannot be stopped from a bar, and parts of 10 MB would let a slow line wait long
    for each word of progress. Neither is a parameter.
    """
    constants: Any = importlib.import_module("huggingface_hub.constants")
    with _settings:
        before = constants.HF_HUB_DISABLE_XET, constants.DOWNLOAD_CHUNK_SIZE
        constants.HF_HUB_DISABLE_XET, constants.DOWNLOAD_CHUNK_SIZE = True, _PART_BYTES
        try:
            yield
        finally:
            constants.HF_HUB_DISABLE_XET, constants.DOWNLOAD_CHUNK_SIZE = before


def _check_room(size: int | None, file: str) -> None:
    constants = importlib.import_module("huggingface_hub.constants")
    folder = Path(constants.HF_HUB_CACHE).absolute()
    while not folder.exists():
        folder = folder.parent
    if size is not None and shutil.disk_usage(folder).free < size + _SPARE_BYTES:
        raise _no_room(file, size)


def _no_room(file: str, size: int | None) -> DepthError:
    need = f" ({size / 1e6:.1f} MB)" if size else ""
    return DepthError(
        f"There is not enough room on the disk for the model {Path(file).name!r}{need}.",
        "Free some, or set the environment variable HF_HOME to a folder on another disk.",
    )


# By the names of huggingface_hub's errors, special ones first.
_REFUSALS = (
    (
        "HFValidationError",
        "{repository!r} cannot be the name of a model on the hub.",
        "Names are like 'owner/name'.",
    ),
    (
        "GatedRepoError",
        "{repository!r} is only given to those who accept its terms.",
        "Accept them on its page, then log in with: hf auth login",
    ),
    (
        "RepositoryNotFoundError",
        "There is no model {repository!r} on the hub, or it is private.",
        "Check the name, or log in with: hf auth login",
    ),
    (
        "RevisionNotFoundError",
        "{repository!r} has no revision {revision!r}.",
        "Say revision='main' for the newest.",
    ),
    (
        "RemoteEntryNotFoundError",
        "{repository!r} has no file {file!r}.",
        "Look at its list of files, and give one with file= or another variant=.",
    ),
    (
        "OfflineModeIsEnabled",
        "The hub may not be used: HF_HUB_OFFLINE is set.",
        "Unset it, or give the path of a model file.",
    ),
)


@contextmanager
def _explained(repository: str, file: str, revision: str) -> Iterator[None]:
    """Turn what huggingface_hub raises into sentences."""
    try:
        yield
    except DepthError:
        raise
    except Exception as error:
        said = _reason(error, repository, file, revision)
        if said is None:
            raise
        raise said from error


def _reason(error: Exception, repository: str, file: str, revision: str) -> DepthError | None:
    errors = importlib.import_module("huggingface_hub.errors")
    for kind, sentence, hint in _REFUSALS:
        if isinstance(error, getattr(errors, kind)):
            said = sentence.format(repository=repository, file=file, revision=revision)
            return DepthError(said, hint)
    if isinstance(error, errors.HfHubHTTPError):
        code = getattr(getattr(error, "response", None), "status_code", "an error")
        if code in (401, 403):
            return DepthError(
                f"The hub refuses {repository!r} (status {code}).",
                "Log in anew with: hf auth login, or remove a token that is no longer valid.",
            )
        return DepthError(
            f"The hub answered {code} instead of {Path(file).name!r}.",
            "Try again later, or give the path of a model file.",
        )
    code = getattr(error, "errno", None)
    if code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _no_room(file, None)
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DepthError(
            "There is no permission to write to the folder of models.",
            "Set the environment variable HF_HOME to a folder of yours.",
        )
    # httpx2's errors share no base with OSError, and older versions use another client.
    client = type(error).__module__.partition(".")[0] in ("httpx2", "httpx", "httpcore2")
    if not client and not isinstance(error, OSError):
        return None
    first = (str(error).strip().splitlines() or [""])[0][:120].rstrip(".")
    # The number that the system gives it says nothing to a maker.
    reason = re.sub(r"\[Errno -?\d+\] ?", "", first)
    return DepthError(
        f"The model {Path(file).name!r} could not be fetched from the hub"
        f"{f': {reason}' if reason else ''}.",
        "Connect to the internet and try again, or give the path of a model file.",
    )
