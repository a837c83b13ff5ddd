# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plugs and unplugs devices of a running guest, over QMP."""

from .devices import AgentPort, Dimm, Disk, Nic


class HotPlug:
  """A Machine's methods for hot-plug; see devices.py for the devices."""

  def plug(self, device):
    """Plugs a device.  Returns it when QEMU has it; the guest may not see it yet."""
    for command, arguments in device.backends(self):
      if "fds" in arguments:
        arguments = {**arguments, "fds": self._hand_over(device)}
      self.qmp.execute(command, arguments)
    device.close()
    self.qmp.execute("device_add", device.properties)
    return device

  def _hand_over(self, device):
    names = [f"{device.id}-{number}" for number in range(len(device.fds))]
    for name, fd in zip(names, device.fds):
      self.qmp.execute("getfd", {"fdname": name}, fds=[fd])
    return ":".join(names)

  def unplug(self, device, timeout=60):
    """Unplugs a device; returns when the guest has released it."""
    self.qmp.execute("device_del", {"id": device.id})
    self.qmp.wait_event("DEVICE_DELETED", timeout, device=device.id)
    for command, arguments in device.backends_gone():
      self.qmp.execute(command, arguments)

  def plug_dimm(self, size, node=0, id="dimm0"):
    """Plugs memory."""
    return self.plug(Dimm(id, size, node))

  def plug_disk(self, driver="virtio-blk-pci", id="plugged", **properties):
    """Plugs a disk."""
    return self.plug(Disk(driver, id, **properties))

  def plug_nic(self, id="nic-plugged", queues=4, **properties):
    """Plugs a network interface."""
    return self.plug(Nic(id, queues, **properties))

  def plug_port(self):
    """Plugs the agent's port."""
    return self.plug(AgentPort())

  def unplug_port(self):
    """Unplugs the agent's port, for which QEMU does not wait for the guest."""
    self.unplug(AgentPort())

  def plug_cpu(self):
    """Plugs the first vCPU that is not plugged.  Returns its QMP properties."""
    free = [cpu for cpu in self.qmp.execute("query-hotpluggable-cpus") if "qom-path" not in cpu]
    chosen = free[-1]
    arguments = {"driver": chosen["type"], "id": f"cpu-{len(free)}", **chosen["props"]}
    self.qmp.execute("device_add", arguments)
    return arguments
