# SPDX-License-Identifier: LGPL-2.1-or-later
"""QEMU's command line for a machine.  Its only side effect: it makes what devices need, such as taps."""

import json

from .devices import BOOT_OPTION, size_bytes


def build(machine, qmp_fd, shell_fd):
  """Returns the command line, and the descriptors that QEMU inherits."""
  words = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
           "-name", f"virt-tune-{machine.image.name}"]
  words += _board(machine) + _memory(machine) + _kernel(machine)
  words += _channels(machine, qmp_fd, shell_fd) + _root_disk(machine)
  fds = [qmp_fd, shell_fd]
  for device in machine.devices:
    words += _device(machine, device)
    fds += device.fds
  return words, fds


def _board(machine):
  model = "host" if machine.accelerator == "kvm" else "max,la57=off"
  smp = f"cpus={machine.cpus},maxcpus={machine.max_cpus}"
  accel = "kvm" if machine.accelerator == "kvm" else "tcg,thread=multi"
  return ["-machine", "pc,nvdimm=on" if machine.nvdimm else "pc", "-accel", accel, "-cpu", model, "-smp", smp]


def _memory(machine):
  size = size_bytes(machine.memory)
  slots = f",slots={machine.slots},maxmem={machine.max_memory}" if machine.slots else ""
  words = ["-m", f"size={size >> 20}M{slots}"]
  if machine.nodes > 1:
    for node in range(machine.nodes):
      cpus = [cpu for cpu in range(machine.max_cpus) if cpu % machine.nodes == node]
      words += ["-object", f"memory-backend-ram,id=node{node},size={size // machine.nodes}"]
      words += ["-numa", f"node,nodeid={node},memdev=node{node}" +
                "".join(f",cpus={cpu}" for cpu in cpus)]
  return words


def _kernel(machine):
  # On a busy host, an emulated timer may be too late for the kernel's check of it, and the kernel panics.
  text = f"console=ttyS0 quiet panic=0 no_timer_check {machine.image.cmdline} {machine.cmdline}"
  if machine.console == "stdio":
    text += " test.console"
  else:
    text += " systemd.mask=serial-getty@ttyS0.service systemd.mask=getty@tty1.service"
  return ["-kernel", str(machine.image.kernel), "-initrd", str(machine.folder / "initramfs"),
          "-append", " ".join(text.split())]


def _channels(machine, qmp_fd, shell_fd):
  if machine.console == "stdio":
    console = "stdio,id=console,signal=off"
  else:
    console = f"file,id=console,path={machine.folder}/console.log"
  return ["-chardev", console, "-serial", "chardev:console",
          "-chardev", f"socket,id=qmp,fd={qmp_fd}", "-mon", "chardev=qmp,mode=control",
          "-chardev", f"socket,id=test,fd={shell_fd}", "-device", "virtio-serial-pci,id=test-serial",
          "-device", "virtserialport,bus=test-serial.0,chardev=test,name=virt_tune.test.shell",
          "-chardev", f"socket,id=agent,path={machine.agent_socket},server=on,wait=off",
          "-device", "virtio-serial-pci,id=agent-serial"]


def _root_disk(machine):
  if not machine.image.disk:
    return []
  return ["-blockdev", json.dumps({"driver": "qcow2", "node-name": "root",
                                   "file": {"driver": "file", "filename": str(machine.root_layer())}}),
          "-device", "virtio-blk-pci,drive=root,serial=root"]


def _device(machine, device):
  words = []
  for command, arguments in [*device.backends(machine), ("device_add", device.properties)]:
    if "fds" in arguments:
      arguments = {**arguments, "fds": ":".join(str(fd) for fd in device.fds)}
    words += [BOOT_OPTION[command], json.dumps(arguments)]
  return words
