"""A bundle: the files of a batch in one piece, for the machines of a cluster, which unpack it under a root."""

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
    """The files of a batch.

    ``batch``: an id; ``installation``: what a machine must have installed to build the same bytes (see
    `salesperf.reports.cluster.dask_worker.installation`); ``content``: a zip archive of the files. Unpacked, a file has
    its path of this machine below another root, so that folder names and relative paths stay the same.
    """

    batch: str
    installation: Mapping[str, str]
    client_file: Path
    notebooks: tuple[Path, ...]
    content: bytes


def packed(files: Iterable[Path]) -> bytes:
    """The content of a zip archive of files, under their absolute paths."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted({path.absolute() for path in files}):
            # Not compressed, as Parquet already is; without times and owners, which the machines do not need.
            archive.writestr(zipfile.ZipInfo(moved(path, Path()).as_posix()), path.read_bytes())
    return buffer.getvalue()


def dataset_files(folder: Path) -> Iterator[Path]:
    """The files of a batch's dataset in a folder: tables, handover file, and the results kept so far."""
    yield from (path for pattern in ("*.parquet", "*.handover", "results/[!.]*") for path in folder.glob(pattern))


def unpack(bundle: Bundle, root: Path) -> None:
    """Unpacks the files under a root and points the handover file to the client file there."""
    with zipfile.ZipFile(io.BytesIO(bundle.content)) as archive:
        archive.extractall(root)
    for path in root.rglob("*.handover"):
        # Safe to load: whoever sends a bundle can run code on this machine anyway.
        handover: Handover = pickle.loads(path.read_bytes())
        write_handover(path, replace(handover, client_file=moved(bundle.client_file, root)))


def moved(path: Path, root: Path) -> Path:
    """An absolute path below another root.

    >>> moved(Path("/srv/clients/demo.yml"), Path("/tmp/batch")).as_posix()
    '/tmp/batch/srv/clients/demo.yml'
    """
    return Path(root, *path.parts[1:])


def moved_job(job: Job, root: Path) -> Job:
    """The job with its paths below another root."""
    dataset = job.dataset and moved(job.dataset, root)
    return replace(job, notebook=moved(job.notebook, root), cwd=moved(job.cwd, root), dataset=dataset)
