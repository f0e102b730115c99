"""The fence as the kernel gives it: limits, another user, Landlock, a list of system calls. Standard library only.

Numbers are those of the kernel's headers (linux/landlock.h, linux/seccomp.h, linux/filter.h, asm/unistd.h).
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
PR_CAPBSET_DROP = 24
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446


def _syscall(number: int, *arguments: Any) -> int:
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _prctl(option: int, value: int = 0) -> None:
    if _libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), 0, 0, 0) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl {option}: {os.strerror(code)}")


def limit(limits: dict[str, Any], processes: int) -> None:
    """Resource limits, soft and hard."""
    for what, value in (
        (resource.RLIMIT_AS, limits["address_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["files"]),
        (resource.RLIMIT_CPU, max(1, int(limits["cpu_s"]))),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NPROC, processes),
    ):
        hard = resource.getrlimit(what)[1]
        value = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
        resource.setrlimit(what, (value, value))


def become(uid: int) -> None:
    """Leave root behind for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    try:
        os.setuid(0)
    except PermissionError:
        return
    raise PermissionError("root could be had back")


def last_privileges() -> None:
    """No new ones, ever; no core; and nobody of the same user may trace this process from another."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """End when whoever started this process ends."""
    _prctl(PR_SET_PDEATHSIG, 9)


# --- Landlock ---------------------------------------------------------------------------------------------------------

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many file rights each ABI knows; 16 from the fifth on."""


def landlock_abi() -> int:
    """Version of Landlock in this kernel, 0 if there is none."""
    try:
        return _syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    except OSError:
        return 0


def landlock(readable: list[str], writable: list[str], listable: list[str]) -> int:
    """Read only below `readable`, read and write below `writable`, see names below `listable`; no TCP, no signals outward.

    Returns the ABI. Before 4 it knows nothing of TCP, before 6 nothing of signals.
    """
    abi = landlock_abi()
    if abi < 1:
        raise OSError("this kernel has no Landlock")
    files = (1 << _FS_BITS.get(abi, 16)) - 1
    attributes = struct.pack("<QQQ", files, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    rules = _syscall(LANDLOCK_CREATE, ctypes.c_char_p(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))
    for paths, rights in (
        (readable, READ_FILE | READ_DIR | EXECUTE), (writable, files & ~EXECUTE), (listable, READ_DIR),
    ):  # fmt: skip
        for path in paths:
            try:
                handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                kept = rights if os.path.isdir(path) else rights & (READ_FILE | WRITE_FILE | EXECUTE | 1 << 14)
                rule = struct.pack("<Qi", kept & files, handle)
                _syscall(LANDLOCK_ADD, ctypes.c_int(rules), ctypes.c_int(1), ctypes.c_char_p(rule), ctypes.c_uint32(0))
            finally:
                os.close(handle)
    _syscall(LANDLOCK_RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(0))
    os.close(rules)
    return abi


# --- system calls -----------------------------------------------------------------------------------------------------

X86_64, AARCH64 = 0xC000003E, 0xC00000B7
_NEW_NAMES = {  # numbers that all architectures share
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_getfd": 438,
    "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447, "process_mrelease": 448,
    "set_mempolicy_home_node": 450, "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467,
    "file_setattr": 469,
}  # fmt: skip
_X86 = {
    "shmget": 29, "shmat": 30, "shmctl": 31, "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "sendmsg": 46,
    "bind": 49, "listen": 50, "semget": 64, "semop": 65, "semctl": 66, "msgget": 68, "msgsnd": 69, "msgctl": 71,
    "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "ptrace": 101, "syslog": 103, "setpgid": 109,
    "setsid": 112, "utime": 132, "mknod": 133, "personality": 135, "setpriority": 141, "sched_setparam": 142,
    "sched_setscheduler": 144, "vhangup": 153, "modify_ldt": 154, "pivot_root": 155, "adjtimex": 159, "chroot": 161,
    "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169,
    "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176,
    "quotactl": 179, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198,
    "fremovexattr": 199, "sched_setaffinity": 203, "io_setup": 206, "lookup_dcookie": 212, "clock_settime": 227,
    "utimes": 235, "mbind": 237, "mq_open": 240, "mq_unlink": 241, "kexec_load": 246, "add_key": 248, "request_key": 249,
    "keyctl": 250, "ioprio_set": 251, "inotify_init": 253, "migrate_pages": 256, "mknodat": 259, "fchownat": 260,
    "futimesat": 261, "fchmodat": 268, "unshare": 272, "move_pages": 279, "utimensat": 280, "accept4": 288,
    "inotify_init1": 294, "perf_event_open": 298, "fanotify_init": 300, "name_to_handle_at": 303,
    "open_by_handle_at": 304, "clock_adjtime": 305, "sendmmsg": 307, "setns": 308, "process_vm_readv": 310,
    "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "sched_setattr": 314, "memfd_create": 319,
    "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
}  # fmt: skip
_ARM = {
    "io_setup": 0, "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15,
    "fremovexattr": 16, "lookup_dcookie": 18, "inotify_init1": 26, "ioprio_set": 30, "mknodat": 33, "umount2": 39,
    "mount": 40, "pivot_root": 41, "chroot": 51, "fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55,
    "vhangup": 58, "quotactl": 60, "utimensat": 88, "acct": 89, "personality": 92, "unshare": 97, "kexec_load": 104,
    "init_module": 105, "delete_module": 106, "clock_settime": 112, "syslog": 116, "ptrace": 117, "sched_setparam": 118,
    "sched_setscheduler": 119, "sched_setaffinity": 122, "setpriority": 140, "reboot": 142, "setpgid": 154, "setsid": 157,
    "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "adjtimex": 171, "mq_open": 180, "mq_unlink": 181,
    "msgget": 186, "msgctl": 187, "msgsnd": 189, "semget": 190, "semctl": 191, "semop": 193, "shmget": 194, "shmctl": 195,
    "shmat": 196, "socket": 198, "bind": 200, "listen": 201, "accept": 202, "connect": 203, "sendto": 206, "sendmsg": 211,
    "add_key": 217, "request_key": 218, "keyctl": 219, "swapon": 224, "swapoff": 225, "mbind": 235, "migrate_pages": 238,
    "move_pages": 239, "perf_event_open": 241, "accept4": 242, "fanotify_init": 262, "name_to_handle_at": 264,
    "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268, "sendmmsg": 269, "process_vm_readv": 270,
    "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "sched_setattr": 274, "memfd_create": 279, "bpf": 280,
    "userfaultfd": 282, "kexec_file_load": 294,
}  # fmt: skip
_MACHINES = {
    "x86_64": (X86_64, _X86, {"clone": 56, "ioctl": 16, "prctl": 157, "prlimit64": 302}, (62, 200, 234, 129, 297)),
    "aarch64": (AARCH64, _ARM, {"clone": 220, "ioctl": 29, "prctl": 167, "prlimit64": 261}, (129, 130, 131, 138, 240)),
}
"""Machine: its audit number, calls that are refused, calls whose arguments matter, calls that send signals."""
_NAMESPACES = 0x7E020080
"""Every CLONE_NEW* flag of clone: new mount, cgroup, uts, ipc, user, pid, net, time."""
EPERM, ENOSYS = 1, 38
_ALLOW, _KILL = 0x7FFF0000, 0x80000000


def _refuse(error: int) -> int:
    return 0x00050000 | error


def program(machine: str, signals: bool) -> bytes:
    """The list of system calls as a classic BPF program; without `signals` a process can send none, not even to itself."""
    audit, refused, special, sending = _MACHINES[machine]
    load, equal, more, any_set, done = 0x20, 0x15, 0x35, 0x45, 0x06
    lines: list[tuple[int, int, int, int]] = [
        (load, 0, 0, 4), (equal, 1, 0, audit), (done, 0, 0, _KILL),  # another architecture's numbers mean other calls
        (load, 0, 0, 0),
    ]  # fmt: skip
    if machine == "x86_64":
        lines += [(more, 0, 1, 0x40000000), (done, 0, 0, _KILL)]  # x32
    numbers = {**refused, **_NEW_NAMES}.values()
    for number in sorted([*numbers, *(() if signals else sending)]):
        lines += [(equal, 0, 1, number), (done, 0, 0, _refuse(EPERM))]
    lines += [
        (equal, 0, 1, 435),
        (done, 0, 0, _refuse(ENOSYS)),
    ]  # clone3 hides its flags in memory; libc then takes clone
    low, high = 16, 20  # first argument; the second lies 8 bytes on
    lines += [
        (equal, 0, 3, special["clone"]), (load, 0, 0, low), (any_set, 0, 1, _NAMESPACES), (done, 0, 0, _refuse(EPERM)),
        (load, 0, 0, 0),
        (equal, 0, 4, special["ioctl"]), (load, 0, 0, low + 8), (equal, 1, 0, 0x5412), (equal, 0, 1, 0x541C),
        (done, 0, 0, _refuse(EPERM)),  # TIOCSTI, TIOCLINUX: typing into somebody's terminal
        (load, 0, 0, 0),
        (equal, 0, 5, special["prctl"]), (load, 0, 0, low), (equal, 2, 0, PR_SET_PDEATHSIG), (equal, 1, 0, PR_SET_DUMPABLE),
        (equal, 0, 1, 0x59616D61), (done, 0, 0, _refuse(EPERM)),
        (load, 0, 0, 0),
        (equal, 0, 5, special["prlimit64"]), (load, 0, 0, low), (equal, 0, 2, 0), (load, 0, 0, high), (equal, 1, 0, 0),
        (done, 0, 0, _refuse(EPERM)),  # only one's own limits
        (done, 0, 0, _ALLOW),
    ]  # fmt: skip
    return b"".join(struct.pack("<HBBI", *line) for line in lines)


def refuse_system_calls(signals: bool) -> None:
    """Install the list for this process and all that it starts."""
    machine = platform.machine()
    if machine not in _MACHINES:
        raise OSError(f"no list of system calls for {machine}")
    code = program(machine, signals)
    buffer = ctypes.create_string_buffer(code, len(code))
    whole = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    if _libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(2), ctypes.c_char_p(whole), 0, 0) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
