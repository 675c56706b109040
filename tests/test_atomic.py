from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from relief_widget import ReliefError
from relief_widget.atomic import atomic_path

POSIX = os.name == "posix"


def save(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_written_and_nothing_else(tmp_path: Path) -> None:
    save(tmp_path / "a.stl", "part")
    assert [path.name for path in tmp_path.iterdir()] == ["a.stl"]
    assert (tmp_path / "a.stl").read_text() == "part"


def test_the_temporary_file_is_beside_the_target_with_its_suffix(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.tar.gz") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".gz"
        assert not (tmp_path / "a.tar.gz").exists()


def test_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    name = "x" * 251 + ".stl"
    save(tmp_path / name, "part")
    assert (tmp_path / name).read_text() == "part"


@pytest.mark.parametrize("fault", [ValueError("no"), KeyboardInterrupt(), ReliefError("no")])
def test_a_failure_leaves_the_old_file_and_no_rubbish(tmp_path: Path, fault: BaseException) -> None:
    target = tmp_path / "a.stl"
    target.write_text("old")

    def half() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise fault

    with pytest.raises(type(fault)):
        half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(not POSIX, reason="permissions are POSIX's")
def test_permissions_are_those_of_any_other_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    save(tmp_path / "new", "")
    assert mode(tmp_path / "new") == mode(tmp_path / "plain")
    (tmp_path / "plain").chmod(0o640)
    save(tmp_path / "plain", "")
    assert mode(tmp_path / "plain") == 0o640


@pytest.mark.skipif(not POSIX, reason="symbolic links need rights on Windows")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    save(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


@pytest.fixture
def locked() -> Iterator[Path]:
    """Yield a folder that nobody may write to, without the rights of root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "there.stl").write_text("old")
        root = os.geteuid() == 0
        folder.chmod(0o555)
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)


@pytest.mark.skipif(not POSIX, reason="permissions are POSIX's")
@pytest.mark.parametrize("name", ["new.stl", "there.stl"])
def test_no_permission_is_one_sentence(locked: Path, name: str) -> None:
    with pytest.raises(ReliefError, match=f"no permission to write '{name}'"):
        save(locked / name, "new")
    assert (locked / "there.stl").read_text() == "old"


@pytest.mark.skipif(not POSIX, reason="permissions are POSIX's")
def test_a_read_only_file_is_not_replaced() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        target = folder / "kept.stl"
        target.write_text("old")
        target.chmod(0o444)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            with pytest.raises(ReliefError, match="no permission"):
                save(target, "new")
        finally:
            if root:
                os.seteuid(0)
        assert target.read_text() == "old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's full disk")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    target = tmp_path / "a.stl"
    target.write_text("old")

    def fill() -> None:
        with atomic_path(target), Path("/dev/full").open("wb") as full:
            full.write(bytes(1 << 20))

    with pytest.raises(ReliefError, match="not enough room on the disk for 'a"):
        fill()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing/a.stl", "folder for 'a.stl' does not exist"),
        ("file/a.stl", "folder for 'a.stl' does not exist"),
        ("folder", "'folder' is a folder"),
        ("x" * 300, "could not be written"),
        ("a\0b", "could not be written"),
    ],
)
def test_a_name_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(ReliefError, match=message) as caught:
        save(tmp_path / name, "part")
    assert caught.value.hint
    assert str(tmp_path) not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}


def test_the_current_folder_is_no_file() -> None:
    with pytest.raises(ReliefError, match="is a folder"):
        save(Path(), "part")


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no such device")
def test_a_device_is_not_replaced() -> None:
    with pytest.raises(ReliefError, match="device"):
        save(Path("/dev/null"), "part")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.skipif(not POSIX, reason="Windows does not replace an open file")
def test_who_reads_the_old_file_never_sees_half_of_the_new(tmp_path: Path) -> None:
    target = tmp_path / "a.stl"
    target.write_text("old")
    with target.open() as reader:
        save(target, "new")
        assert reader.read() == "old"
    assert target.read_text() == "new"
