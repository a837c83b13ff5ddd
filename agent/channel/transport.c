/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/channel/transport.h"

#include "protocol/error.h"

static VtTransport *
make_virtio_port (const char *path, VtMonitor *monitor, GError **error)
{
  return vt_virtio_port_new (path, monitor);
}

static VtTransport *
make_unix_listen (const char *path, VtMonitor *monitor, GError **error)
{
  return vt_unix_listen_new (path, error);
}

static VtTransport *
make_serial (const char *path, VtMonitor *monitor, GError **error)
{
  return vt_serial_new (path);
}

/* The names and defaults are those of qemu-ga (qemu-ga(8)), except for the port. */
const VtTransportMethod vt_transport_methods[] = {
  { "virtio-serial", "/dev/virtio-ports/org.virt_tune.agent.0" },
  { "unix-listen", NULL },
  { "isa-serial", "/dev/ttyS0" },
  { NULL },
};

static VtTransport *(*const makers[]) (const char *, VtMonitor *, GError **) = {
  make_virtio_port,
  make_unix_listen,
  make_serial,
};

G_STATIC_ASSERT (G_N_ELEMENTS (makers) + 1 == G_N_ELEMENTS (vt_transport_methods));

const VtTransportMethod *
vt_transport_method_find (const char *method)
{
  for (const VtTransportMethod *row = vt_transport_methods; row->method != NULL; row++)
    {
      if (g_str_equal (row->method, method))
        return row;
    }

  return NULL;
}

VtTransport *
vt_transport_new (const char *method, const char *path, VtMonitor *monitor, GError **error)
{
  const VtTransportMethod *row = vt_transport_method_find (method);

  if (row == NULL)
    {
      vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                    "There is no method '%s'; expected: virtio-serial, unix-listen or isa-serial",
                    method);
      return NULL;
    }

  return makers[row - vt_transport_methods](path, monitor, error);
}

void
vt_transport_free (VtTransport *transport)
{
  if (transport != NULL)
    transport->free (transport);
}

void
vt_transport_start (VtTransport *transport, VtTransportOpened opened, gpointer data)
{
  transport->opened = opened;
  transport->data = data;
  transport->start (transport);
}

void
vt_transport_handle_closed (VtTransport *transport, int errsv)
{
  transport->closed (transport, errsv);
}
