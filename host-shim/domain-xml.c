/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "host-shim/domain-xml.h"

#include "host-shim/exit.h"

/* The innermost element first, like GMarkup's stack. */
static const char *const channel_path[] = { "target", "channel", "devices", "domain" };

static gboolean
is_channel_target (GMarkupParseContext *context)
{
  const GSList *element = g_markup_parse_context_get_element_stack (context);

  for (guint i = 0; i < G_N_ELEMENTS (channel_path); i++, element = element->next)
    if (element == NULL || !g_str_equal (element->data, channel_path[i]))
      return FALSE;
  return element == NULL;
}

static const char *
attribute (const char *const *names, const char *const *values, const char *wanted)
{
  for (; *names != NULL; names++, values++)
    if (g_str_equal (*names, wanted))
      return *values;
  return NULL;
}

static void
start_element (GMarkupParseContext *context,
               const char *element,
               const char **names,
               const char **values,
               gpointer data,
               GError **error)
{
  VtChannelState *state = data;
  const char *said;

  if (!is_channel_target (context) || g_strcmp0 (attribute (names, values, "type"), "virtio") != 0
      || g_strcmp0 (attribute (names, values, "name"), VT_CHANNEL_NAME) != 0)
    return;
  said = attribute (names, values, "state");
  if (g_strcmp0 (said, "connected") == 0)
    *state = VT_CHANNEL_CONNECTED;
  else if (g_strcmp0 (said, "disconnected") == 0)
    *state = VT_CHANNEL_DISCONNECTED;
  else
    *state = VT_CHANNEL_UNKNOWN;
}

gboolean
vt_domain_xml_find_channel (const char *xml, VtChannelState *ret_state, GError **error)
{
  static const GMarkupParser parser = { .start_element = start_element };
  VtChannelState state = VT_CHANNEL_ABSENT;
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &state, NULL);
  GError *cause = NULL;

  if (!g_markup_parse_context_parse (context, xml, -1, &cause)
      || !g_markup_parse_context_end_parse (context, &cause))
    return vt_exit_wrap (error, VT_EXIT_UNREACHABLE, cause, "can't parse libvirt's XML: ");
  *ret_state = state;
  return TRUE;
}
