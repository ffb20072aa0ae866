"""What a machine of a cluster needs of a batch, in one piece, and the place where it is unpacked there."""

import io
import pickle
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from salesperf.data.dataset import Handover, write_handover
from salesperf.reports.building.job import Job


@dataclass(frozen=True, eq=False)
class Bundle:
    """The files of a batch; ``standing`` is what a machine has to be like to build the same bytes (see `standing`).

    Unpacked, files have the paths that they have here, under another root: names of folders and ways between files
    stay the same.
    """

    batch: str
    standing: Mapping[str, str]
    client_file: Path
    notebooks: tuple[Path, ...]
    content: bytes


def packed(files: Iterable[Path]) -> bytes:
    """Files as a zip archive, under their absolute paths."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted({path.absolute() for path in files}):
            # Neither compressed, as Parquet is, nor with times and owners, which are nobody's business there.
            archive.writestr(zipfile.ZipInfo(moved(path, Path()).as_posix()), path.read_bytes())
    return buffer.getvalue()


def dataset_files(folder: Path) -> Iterator[Path]:
    """The files of a batch's dataset, with the results that it has so far."""
    yield from (path for pattern in ("*.parquet", "*.handover", "results/[!.]*") for path in folder.glob(pattern))


def unpack(bundle: Bundle, root: Path) -> None:
    """Lays the files down under a root; the dataset then is that of the client file there."""
    with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
        archive.extractall(root)
    for path in root.rglob("*.handover"):
        handover: Handover = pickle.loads(path.read_bytes())  # from the batch, whose code runs here anyway
        write_handover(path, replace(handover, client_file=moved(bundle.client_file, root)))


def moved(path: Path, root: Path) -> Path:
    """An absolute path as it is under another root.

    >>> moved(Path("/srv/clients/demo.yml"), Path("/tmp/batch")).as_posix()
    '/tmp/batch/srv/clients/demo.yml'
    """
    return Path(root, *path.parts[1:])


def moved_job(job: Job, root: Path) -> Job:
    """A job whose files lie under another root."""
    dataset = job.dataset and moved(job.dataset, root)
    return replace(job, notebook=moved(job.notebook, root), cwd=moved(job.cwd, root), dataset=dataset)
