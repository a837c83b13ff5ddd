/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/libvirt-lazy.h"

#include <dlfcn.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "host-shim/exit.h"

/* Returns the library's handle; NULL: it can't be loaded. */
static void *
open_once (void)
{
  static gsize opened; /* the handle; 1: the library can't be loaded */

  if (g_once_init_enter (&opened))
    {
      void *handle = dlopen ("libvirt.so.0", RTLD_NOW | RTLD_LOCAL);

      g_once_init_leave (&opened, handle != NULL ? (gsize) handle : 1);
    }

  return opened != 1 ? (void *) opened : NULL;
}

gboolean
vt_libvirt_load (GError **error)
{
  const char *why;

  if (open_once () != NULL)
    return TRUE;
  why = dlerror ();
  return vt_exit_set (error, VT_EXIT_UNREACHABLE,
                      "libvirt's library can't be loaded (%s): install it (Debian's package is "
                      "libvirt0, Fedora's libvirt-libs), or give --socket PATH",
                      why != NULL ? why : "libvirt.so.0");
}

static gpointer
find_symbol (const char *name)
{
  void *handle = open_once ();

  return handle != NULL ? dlsym (handle, name) : NULL;
}

/* Defines a function that calls the library's. @failure: the return value if it can't be loaded. */
#define FORWARD(type, name, parameters, arguments, failure)                                        \
  type name parameters                                                                             \
  {                                                                                                \
    __typeof__ (name) *call = (__typeof__ (name) *) find_symbol (#name);                           \
                                                                                                   \
    return call != NULL ? call arguments : failure;                                                \
  }

#define FORWARD_VOID(name, parameters, arguments)                                                  \
  void name parameters                                                                             \
  {                                                                                                \
    __typeof__ (name) *call = (__typeof__ (name) *) find_symbol (#name);                           \
                                                                                                   \
    if (call != NULL)                                                                              \
      call arguments;                                                                              \
  }

FORWARD (int, virConnectClose, (virConnectPtr conn), (conn), -1)
FORWARD (virConnectPtr, virConnectOpen, (const char *name), (name), NULL)
FORWARD (int, virDomainFree, (virDomainPtr domain), (domain), -1)
FORWARD (int,
         virDomainGetState,
         (virDomainPtr domain, int *state, int *reason, unsigned int flags),
         (domain, state, reason, flags),
         -1)
FORWARD (
    char *, virDomainGetXMLDesc, (virDomainPtr domain, unsigned int flags), (domain, flags), NULL)
FORWARD (virDomainPtr, virDomainLookupByID, (virConnectPtr conn, int id), (conn, id), NULL)
FORWARD (
    virDomainPtr, virDomainLookupByName, (virConnectPtr conn, const char *name), (conn, name), NULL)
FORWARD (virDomainPtr,
         virDomainLookupByUUIDString,
         (virConnectPtr conn, const char *uuid),
         (conn, uuid),
         NULL)
FORWARD (int,
         virDomainOpenChannel,
         (virDomainPtr dom, const char *name, virStreamPtr st, unsigned int flags),
         (dom, name, st, flags),
         -1)
FORWARD (int,
         virEventAddHandle,
         (int fd, int events, virEventHandleCallback cb, void *opaque, virFreeCallback ff),
         (fd, events, cb, opaque, ff),
         -1)
FORWARD (int, virEventRegisterDefaultImpl, (void), (), -1)
FORWARD (int, virEventRemoveHandle, (int watch), (watch), -1)
FORWARD (int, virEventRunDefaultImpl, (void), (), -1)
FORWARD_VOID (virEventUpdateHandle, (int watch, int events), (watch, events))
FORWARD (int, virGetLastErrorCode, (void), (), VIR_ERR_NO_CONNECT)
FORWARD (const char *, virGetLastErrorMessage, (void), (), "libvirt.so.0 lacks this function")
FORWARD_VOID (virSetErrorFunc, (void *data, virErrorFunc handler), (data, handler))
FORWARD (int, virStreamAbort, (virStreamPtr st), (st), -1)
FORWARD (
    int,
    virStreamEventAddCallback,
    (virStreamPtr stream, int events, virStreamEventCallback cb, void *opaque, virFreeCallback ff),
    (stream, events, cb, opaque, ff),
    -1)
FORWARD (int, virStreamEventRemoveCallback, (virStreamPtr stream), (stream), -1)
FORWARD (int, virStreamEventUpdateCallback, (virStreamPtr stream, int events), (stream, events), -1)
FORWARD (int, virStreamFree, (virStreamPtr st), (st), -1)
FORWARD (virStreamPtr, virStreamNew, (virConnectPtr conn, unsigned int flags), (conn, flags), NULL)
FORWARD (int, virStreamRecv, (virStreamPtr st, char *data, size_t nbytes), (st, data, nbytes), -1)
FORWARD (
    int, virStreamSend, (virStreamPtr st, const char *data, size_t nbytes), (st, data, nbytes), -1)
