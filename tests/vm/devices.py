# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices as QEMU's JSON, the same at boot and when plugged over QMP.

Each device has an id, a list of backends that are made before it (QMP command
and arguments), and the arguments of its device_add.  Property names are
QEMU's, with two underscores in place of a dash.
"""

from .tap import Tap

# The QMP command that makes a backend, and its option on the command line.
BOOT_OPTION = {"blockdev-add": "-blockdev", "object-add": "-object", "netdev_add": "-netdev",
               "chardev-add": "-chardev", "device_add": "-device"}

SUFFIXES = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def size_bytes(text):
  """Converts "512M" or "4G" to bytes; returns numbers unchanged."""
  if isinstance(text, int):
    return text
  return int(text[:-1]) * SUFFIXES[text[-1]] if text[-1] in SUFFIXES else int(text)


class Device:
  """Any device without a backend, such as a controller."""

  def __init__(self, driver, id, **properties):
    self.id = id
    self.fds = []
    self.properties = {"driver": driver, "id": id,
                       **{name.replace("__", "-"): value for name, value in properties.items()}}

  def backends(self, _machine):
    """Pairs of QMP command and arguments that make the backends; called once, at the plug."""
    return []

  def backends_gone(self):
    """Pairs of QMP command and arguments that remove the backends."""
    return []

  def close(self):
    """Closes the device's resources on the host."""


class Disk(Device):
  """A disk on a sparse file in the machine's folder.  Its serial number is its id."""

  def __init__(self, driver, id, size="64M", **properties):
    properties.setdefault("serial", id)
    super().__init__(driver, id, drive=f"{id}-node", **properties)
    self.size = size_bytes(size)

  def backends(self, machine):
    path = machine.folder / f"{self.id}.raw"
    with open(path, "wb") as handle:
      handle.truncate(self.size)
    return [("blockdev-add", {"driver": "raw", "node-name": f"{self.id}-node",
                              "file": {"driver": "file", "filename": str(path)}})]

  def backends_gone(self):
    return [("blockdev-del", {"node-name": f"{self.id}-node"})]


class LoggedDisk(Device):
  """A disk on a given image.  Each write is also recorded in log_path (see write_log.py).

  The host never waits for its own disk: the tests only need the order in the log."""

  def __init__(self, driver, id, image, **properties):
    properties.setdefault("serial", id)
    super().__init__(driver, id, drive=f"{id}-node", **properties)
    self._image = image
    self.log_path = image.with_suffix(".log")

  def backends(self, machine):
    self.log_path.write_bytes(b"")
    file, log = ({"driver": "file", "filename": str(path), "cache": {"no-flush": True}}
                 for path in (self._image, self.log_path))
    return [("blockdev-add", {"driver": "blklogwrites", "node-name": f"{self.id}-node",
                              "file": file, "log": log})]


class Nic(Device):
  """A virtio-net interface with queue pairs, on its own multi-queue tap."""

  def __init__(self, id, queues=4, **properties):
    if queues > 1:
      properties.update(mq=True, vectors=2 * queues + 2)
    super().__init__("virtio-net-pci", id, netdev=f"{id}-net", romfile="", **properties)
    self._queues = queues
    self._tap = None

  def backends(self, _machine):
    self._tap = Tap(self._queues)
    self.fds = self._tap.fds
    return [("netdev_add", {"type": "tap", "id": f"{self.id}-net", "fds": None})]

  def backends_gone(self):
    return [("netdev_del", {"id": f"{self.id}-net"})]

  def close(self):
    if self._tap:
      self._tap.close()


class Dimm(Device):
  """Memory in a DIMM slot.  The host allocates its pages only when the guest uses them."""

  def __init__(self, id, size, node=0):
    super().__init__("pc-dimm", id, memdev=f"{id}-mem", node=node)
    self._size = size_bytes(size)

  def backends(self, _machine):
    return [("object-add", {"qom-type": "memory-backend-ram", "id": f"{self.id}-mem",
                            "size": self._size, "reserve": False})]

  def backends_gone(self):
    return [("object-del", {"id": f"{self.id}-mem"})]


class Nvdimm(Device):
  """Persistent memory in a DIMM slot.  The machine must be made with nvdimm=True."""

  def __init__(self, id, size):
    super().__init__("nvdimm", id, memdev=f"{id}-mem")
    self._size = size_bytes(size)

  def backends(self, _machine):
    return [("object-add", {"qom-type": "memory-backend-ram", "id": f"{self.id}-mem",
                            "size": self._size, "reserve": False})]


class VirtioMem(Device):
  """Memory that the host grows and shrinks with qom-set of requested-size."""

  def __init__(self, id, size, requested=0, node=0):
    super().__init__("virtio-mem-pci", id, memdev=f"{id}-mem", node=node,
                     requested__size=size_bytes(requested))
    self._size = size_bytes(size)

  def backends(self, _machine):
    return [("object-add", {"qom-type": "memory-backend-ram", "id": f"{self.id}-mem",
                            "size": self._size, "reserve": False})]


class AgentPort(Device):
  """The agent's port.  Every machine has the chardev for it."""

  def __init__(self, id="agent-port", name="org.virt_tune.agent.0"):
    super().__init__("virtserialport", id, bus="agent-serial.0", chardev="agent", name=name)


class Port(Device):
  """A port with its own chardev. Only for a plug while the guest runs: -chardev accepts no JSON."""

  def __init__(self, id, name):
    super().__init__("virtserialport", id, bus="agent-serial.0", chardev=f"{id}-socket", name=name)
    self.path = None

  def backends(self, machine):
    self.path = machine.folder / f"{self.id}.sock"
    address = {"type": "unix", "data": {"path": str(self.path)}}
    return [("chardev-add", {"id": f"{self.id}-socket", "backend": {
      "type": "socket", "data": {"addr": address, "server": True, "wait": False}}})]

  def backends_gone(self):
    return [("chardev-remove", {"id": f"{self.id}-socket"})]
