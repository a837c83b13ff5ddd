/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* virt-tune-agent --dump-state. */

#include "config.h"

#include "agent/state/state.h"

#include <errno.h>

#include "agent/state/folder.h"
#include "agent/state/log-text.h"
#include "agent/state/state-log.h"
#include "protocol/error.h"
#include "protocol/json.h"

/* As far as the records are valid; nothing is set aside. */
static VtContent *
replay (const GPtrArray *records)
{
  VtContent *content = NULL;

  for (guint i = 0; i < records->len; i++)
    if (!vt_content_replay (&content, g_ptr_array_index (records, i), NULL))
      break;

  return content;
}

char *
vt_state_dump (const char *folder, const char *boot_id, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (VtLogText) valid = NULL;
  g_autoptr (VtContent) content = NULL;
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  int result = vt_state_folder_read (folder, VT_STATE_LOG_FILE, text);

  if (result < 0)
    {
      vt_error_set (error, VT_ERROR_STATE, "reading %s/%s: %s", folder, VT_STATE_LOG_FILE,
                    g_strerror (-result));
      return NULL;
    }

  valid = vt_log_text_parse (text, NULL);
  content = replay (valid->records);
  if (valid->unfinished != NULL && content != NULL && !g_str_equal (content->boot_id, boot_id)
      && !vt_content_replay (&content, valid->unfinished, NULL))
    g_debug ("a record cannot stand at the end of the log");
  if (content == NULL)
    {
      vt_error_set (error, VT_ERROR_STATE, "%s/%s holds no valid record", folder,
                    VT_STATE_LOG_FILE);
      return NULL;
    }

  json_node_take_object (node, vt_content_to_snapshot (content));
  return vt_json_to_pretty (node);
}
