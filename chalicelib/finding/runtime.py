"""What Runtime Monitoring saw: processes and what surrounds them.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_RuntimeDetails.html
"""

from collections.abc import Iterator
from typing import Final

from chalicelib.finding.fields import (
    Members,
    Row,
    at,
    details,
    first,
    record,
    records,
    several,
    time,
    unknown,
    word,
)
from chalicelib.finding.masking import mask
from chalicelib.finding.model import Detail, Process

PROCESS: Final = (
    Row("working_directory", "pwd"),
    Row("namespace_pid", "namespacePid"),
    Row("effective_user_id", "euid"),
    time("process_started", "startTime"),
)

CONTEXT: Final = (
    Row("command_line", "commandLineExample"),
    Row("tool", "toolName"),
    word("tool_category", "toolCategory"),
    Row("service", "serviceName"),
    Row("script", "scriptPath"),
    Row("threat_file", "threatFilePath"),
    Row("file_operation", "fileOperation"),
    Row("file", "filePath"),
    Row("related_file", "relatedFilePaths"),
    Row("library", "libraryPath"),
    Row("ld_preload", "ldPreloadValue"),
    Row("socket", "socketPath"),
    Row("runc_binary", "runcBinaryPath"),
    Row("release_agent", "releaseAgentPath"),
    Row("mount_source", "mountSource"),
    Row("mount_target", "mountTarget"),
    Row("file_system", "fileSystemType"),
    Row("flag", "flags"),
    Row("module", "moduleName"),
    Row("module_file", "moduleFilePath"),
    Row("module_sha256", "moduleSha256"),
    Row("shell_history", "shellHistoryFilePath"),
    Row("address_family", "addressFamily"),
    Row("protocol_number", "ianaProtocolNumber"),
    Row("memory_region", "memoryRegions"),
    time("modified", "modifiedAt"),
)

KNOWN: Final = {row.path for row in CONTEXT} | {"targetProcess", "modifyingProcess"}


def processes(value: object) -> tuple[Process, ...]:
    """Read the processes of ``service.runtimeDetails``: the finding's own, then the two of its context."""
    seen = (
        ("", "process"),
        ("modifying", "context.modifyingProcess"),
        ("target", "context.targetProcess"),
    )
    return tuple(process(each, role) for role, path in seen for each in records(at(value, path)))


def process(members: Members, role: str) -> Process:
    """Read one process; a sequence's actor has but a name, a path and a hash."""
    return Process(
        name=mask(first(members, "name")),
        path=mask(first(members, "executablePath", "path")),
        sha256=first(members, "executableSha256", "sha256"),
        pid=first(members, "pid"),
        user=first(members, "user", "userId"),
        parent=mask(first(members, "lineage.executablePath", "lineage.name")),
        role=role,
    )


def described(value: object) -> tuple[Detail, ...]:
    """Read what surrounds the process: where it ran, what it touched, which processes led to it."""
    runtime = record(value)
    context = record(runtime.get("context"))
    new = {name: member for name, member in context.items() if name not in KNOWN}
    own = details(runtime.get("process"), *PROCESS)
    return (*details(context, *CONTEXT), *unknown(new), *own, *_lineage(runtime))


def _lineage(runtime: Members) -> Iterator[Detail]:
    """Read the processes above, from the parent upwards."""
    above = [first(each, "executablePath", "name") for each in records(at(runtime, "process.lineage"))]
    yield from several("lineage", (mask(name) for name in above))
