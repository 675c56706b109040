"""Models from the Hugging Face hub, in its own cache: fetched once, then offline."""

from __future__ import annotations

import errno
import importlib
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from relief_widget.errors import DepthError

DownloadProgress = Callable[[int, int], None]

_OFFLINE = "Connect to the internet and try again, or give the path of a model file."
_TIMEOUT_S = 10.0
# Room that is left on the disk beside the model.
_SPARE_BYTES = 16 << 20
_PART_BYTES = 1 << 19

_settings = threading.Lock()


def cached(repository: str, file: str, revision: str) -> Path | None:
    """Return a file that was fetched before, None where there is none; the network is not used.

    Raises
    ------
    DepthError
        huggingface_hub is missing.
    """
    hub = _hub()
    with _explained(repository, file, revision):
        try:
            found = hub.hf_hub_download(repository, file, revision=revision, local_files_only=True)
        except hub.errors.LocalEntryNotFoundError:
            return None
    return Path(found)


def fetch(
    repository: str,
    file: str,
    revision: str,
    progress: DownloadProgress,
    *,
    endpoint: str | None = None,
) -> Path:
    """Fetch a file into the hub's cache.

    Parameters
    ----------
    repository, file, revision
        As on the hub.
    progress
        Called with the bytes that are done and the bytes in all; an exception that it raises stops
        the download and reaches the caller. What was fetched until then is thrown away.
    endpoint
        Of a mirror; None: the hub.

    Returns
    -------
    Path of the file in the cache.

    Raises
    ------
    DepthError
        It cannot be had: there is no network, no such repository or file, or no room.
    """
    hub = _hub()
    bar = _bar(progress)
    try:
        with _explained(repository, file, revision):
            url = hub.hf_hub_url(repository, file, revision=revision, endpoint=endpoint)
            # One quick question first: hf_hub_download asks for half a minute before it gives up,
            # and warns about a full disk instead of stopping.
            size = hub.get_hf_file_metadata(url, timeout=_TIMEOUT_S, endpoint=endpoint).size
            _check_room(size, file)
            with _stoppable():
                found = hub.hf_hub_download(
                    repository,
                    file,
                    revision=revision,
                    endpoint=endpoint,
                    etag_timeout=_TIMEOUT_S,
                    tqdm_class=bar,
                )
    except BaseException:
        if bar.stopped is not None:
            raise bar.stopped from None
        raise
    return Path(found)


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


@contextmanager
def _explained(repository: str, file: str, revision: str) -> Iterator[None]:
    """Turn what huggingface_hub raises into sentences."""
    errors = importlib.import_module("huggingface_hub.errors")
    try:
        yield
    except DepthError:
        raise
    except errors.HFValidationError as error:
        raise DepthError(
            f"{repository!r} cannot be the name of a model on the hub.",
            "Names are like 'owner/name'.",
        ) from error
    except errors.GatedRepoError as error:
        raise DepthError(
            f"{repository!r} is only given to those who accept its terms.",
            "Accept them on its page, then log in with: hf auth login",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise DepthError(
            f"There is no model {repository!r} on the hub, or it is private.",
            "Check the name, or log in with: hf auth login",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise DepthError(
            f"{repository!r} has no revision {revision!r}.", "Leave revision= out for the newest."
        ) from error
    except errors.RemoteEntryNotFoundError as error:
        raise DepthError(
            f"{repository!r} has no file {file!r}.",
            "Look at its list of files, and give one with file= or another variant=.",
        ) from error
    except errors.HfHubHTTPError as error:
        code = getattr(getattr(error, "response", None), "status_code", "an error")
        if code in (401, 403):
            raise DepthError(
                f"The hub refuses {repository!r} (status {code}).",
                "Log in anew with: hf auth login, or remove a token that is no longer valid.",
            ) from error
        raise DepthError(
            f"The hub answered {code} instead of {Path(file).name!r}.",
            "Try again later, or give the path of a model file.",
        ) from error
    except errors.OfflineModeIsEnabled as error:
        raise DepthError(
            "The hub may not be used: HF_HUB_OFFLINE is set.",
            "Unset it, or give the path of a model file.",
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise _no_room(file, None) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise DepthError(
                "There is no permission to write to the folder of models.",
                "Set the environment variable HF_HOME to a folder of yours.",
            ) from error
        raise _unreachable(file, error) from error
    except Exception as error:
        # httpx2's errors share no base with OSError, and older versions use another client.
        if type(error).__module__.partition(".")[0] not in ("httpx2", "httpx", "httpcore2"):
            raise
        raise _unreachable(file, error) from error


def _unreachable(file: str, error: Exception) -> DepthError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:120].rstrip(".")
    return DepthError(
        f"The model {Path(file).name!r} could not be fetched from the hub: {reason}.", _OFFLINE
    )
