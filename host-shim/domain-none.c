/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/domain.h"

#include "host-shim/exit.h"

VtTransport *
vt_domain_open (const char *uri, const char *domain, gint64 deadline, GError **error)
{
  vt_exit_set (
      error, VT_EXIT_USAGE,
      "can't look up domain '%s': this virt-tune was built without libvirt; give --socket PATH",
      domain);
  return NULL;
}
