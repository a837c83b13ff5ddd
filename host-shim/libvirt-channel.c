/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/libvirt-channel.h"

#include <libvirt/virterror.h>
#include <stdlib.h>

#include "host-shim/domain-xml.h"
#include "host-shim/exit.h"

typedef char VirString;

static void
free_domain (virDomainPtr domain)
{
  virDomainFree (domain);
}

static void
free_string (VirString *string)
{
  free (string);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virDomain, free_domain)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VirString, free_string)

/* Keeps libvirt from printing its errors to stderr. Our messages contain them. */
static void
ignore_error (void *data, virErrorPtr error)
{
}

static const char *
last_error_message (void)
{
  const char *message = virGetLastErrorMessage ();

  return message != NULL ? message : "no reason given";
}

static gboolean
connect_to (VtLibvirtChannel *channel, const char *uri, GError **error)
{
  virSetErrorFunc (NULL, ignore_error);
  channel->connection = virConnectOpen (uri);
  if (channel->connection != NULL)
    return TRUE;
  return vt_exit_set (
      error, VT_EXIT_UNREACHABLE,
      "can't connect to libvirt%s%s: %s; check that libvirtd or virtqemud runs, and "
      "that you may use it ('virsh list' must work)",
      uri != NULL ? " at " : "", uri != NULL ? uri : "", last_error_message ());
}

/* Like virsh, takes @name as an id, else as a UUID, else as a name. */
static virDomainPtr
look_up (VtLibvirtChannel *channel, const char *name, GError **error)
{
  virDomainPtr domain = NULL;
  gint64 id;

  if (g_ascii_string_to_signed (name, 10, 0, G_MAXINT, &id, NULL))
    domain = virDomainLookupByID (channel->connection, (int) id);
  if (domain == NULL)
    domain = virDomainLookupByUUIDString (channel->connection, name);
  if (domain == NULL)
    domain = virDomainLookupByName (channel->connection, name);
  if (domain != NULL)
    return domain;
  if (virGetLastErrorCode () == VIR_ERR_NO_DOMAIN)
    vt_exit_set (error, VT_EXIT_UNREACHABLE,
                 "there is no domain '%s': 'virsh list --all' lists all domains; -c URI selects "
                 "another libvirt connection",
                 name);
  else
    vt_exit_set (error, VT_EXIT_UNREACHABLE, "can't look up domain '%s': %s", name,
                 last_error_message ());
  return NULL;
}

static gboolean
check_running (virDomainPtr domain, const char *name, gboolean *ret_paused, GError **error)
{
  int state = VIR_DOMAIN_NOSTATE;

  if (virDomainGetState (domain, &state, NULL, 0) < 0)
    return vt_exit_set (error, VT_EXIT_UNREACHABLE, "can't read the state of domain '%s': %s", name,
                        last_error_message ());
  if (state == VIR_DOMAIN_SHUTOFF || state == VIR_DOMAIN_CRASHED)
    return vt_exit_set (error, VT_EXIT_UNREACHABLE,
                        "domain '%s' is shut off: 'virsh start %s' starts it", name, name);
  *ret_paused = state == VIR_DOMAIN_PAUSED;
  return TRUE;
}

static gboolean
find_channel (virDomainPtr domain, const char *name, VtChannelState *ret_state, GError **error)
{
  g_autoptr (VirString) xml = virDomainGetXMLDesc (domain, 0);

  if (xml == NULL)
    return vt_exit_set (error, VT_EXIT_UNREACHABLE, "can't read the XML of domain '%s': %s", name,
                        last_error_message ());
  if (!vt_domain_xml_find_channel (xml, ret_state, error))
    return FALSE;
  if (*ret_state != VT_CHANNEL_ABSENT)
    return TRUE;
  return vt_exit_set (
      error, VT_EXIT_UNREACHABLE,
      "domain '%s' has no channel '%s': add <channel type='unix'><target type='virtio' "
      "name='%s'/></channel> to its <devices> ('virsh edit %s', or 'virsh "
      "attach-device' while it runs)",
      name, VT_CHANNEL_NAME, VT_CHANNEL_NAME, name);
}

/*
 * A channel has one client at a time. Without VIR_DOMAIN_CHANNEL_FORCE
 * libvirtd refuses a second client with VIR_ERR_OPERATION_FAILED
 * (virDomainOpenChannel()).
 */
static gboolean
fail_open (const char *name, GError **error)
{
  if (virGetLastErrorCode () == VIR_ERR_OPERATION_FAILED)
    return vt_exit_set (
        error, VT_EXIT_UNREACHABLE,
        "the channel of domain '%s' is in use by another client (%s): wait until it "
        "has finished, or end it",
        name, last_error_message ());
  return vt_exit_set (error, VT_EXIT_UNREACHABLE, "can't open the channel of domain '%s': %s", name,
                      last_error_message ());
}

static gboolean
open_stream (VtLibvirtChannel *channel, virDomainPtr domain, const char *name, GError **error)
{
  virStreamPtr stream = virStreamNew (channel->connection, VIR_STREAM_NONBLOCK);

  if (stream == NULL)
    return vt_exit_set (error, VT_EXIT_UNREACHABLE, "libvirt can't create a stream: %s",
                        last_error_message ());
  if (virDomainOpenChannel (domain, VT_CHANNEL_NAME, stream, 0) == 0)
    {
      channel->stream = stream;
      return TRUE;
    }
  /* Make the message first: freeing the stream clears libvirt's last error. */
  fail_open (name, error);
  virStreamFree (stream);
  return FALSE;
}

/* Called after the channel was opened: if another client uses the channel, that error is more
 * useful. */
static gboolean
check_listening (const char *name, VtChannelState state, gboolean paused, GError **error)
{
  if (paused)
    return vt_exit_set (
        error, VT_EXIT_UNREACHABLE,
        "domain '%s' is paused, and its agent%s can't answer: 'virsh resume %s' lets "
        "it run",
        name, state == VT_CHANNEL_DISCONNECTED ? ", which is not connected," : "", name);
  if (state == VT_CHANNEL_DISCONNECTED)
    return vt_exit_set (
        error, VT_EXIT_UNREACHABLE,
        "the agent in domain '%s' is not connected: wait until the guest has booted, "
        "or install and start virt-tune-agent.service in it",
        name);
  return TRUE;
}

static gboolean
open_domain (VtLibvirtChannel *channel, const char *name, GError **error)
{
  g_autoptr (virDomain) domain = look_up (channel, name, error);
  VtChannelState state = VT_CHANNEL_ABSENT;
  gboolean paused = FALSE;

  return domain != NULL && check_running (domain, name, &paused, error)
         && find_channel (domain, name, &state, error) && open_stream (channel, domain, name, error)
         && check_listening (name, state, paused, error);
}

gboolean
vt_libvirt_channel_open (VtLibvirtChannel *channel,
                         const char *uri,
                         const char *domain,
                         GError **error)
{
  if (connect_to (channel, uri, error) && open_domain (channel, domain, error))
    return TRUE;
  vt_libvirt_channel_clear (channel);
  return FALSE;
}

void
vt_libvirt_channel_clear (VtLibvirtChannel *channel)
{
  if (channel->stream != NULL)
    {
      (void) virStreamAbort (channel->stream);
      virStreamFree (g_steal_pointer (&channel->stream));
    }
  if (channel->connection != NULL)
    virConnectClose (g_steal_pointer (&channel->connection));
}
