/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/state/location.h"

#include <errno.h>
#include <unistd.h>

#include "agent/state/folder.h"
#include "agent/state/old-state.h"
#include "agent/state/state-log.h"
#include "protocol/error.h"

/* If @folder is absent, checks the nearest parent folder that exists, because @folder must be
 * created there. */
static gboolean
is_read_only (const char *folder)
{
  g_autofree char *path = g_strdup (folder);

  while (access (path, W_OK) < 0)
    {
      char *parent;

      if (errno != ENOENT)
        return errno == EROFS;

      parent = g_path_get_dirname (path);
      g_free (path);
      path = parent;
    }

  return FALSE;
}

static gboolean
has_state (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, VT_STATE_LOG_FILE, NULL);

  return access (path, F_OK) == 0;
}

/* An absent file is not copied. Returns: 0 or a negative errno. */
static int
copy_file (const char *from, const char *to, const char *name)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int result = vt_state_folder_read (from, name, text);

  if (result == -ENOENT)
    return 0;

  return result < 0 ? result : vt_state_folder_replace (to, name, text);
}

static gboolean
copy_state (const char *from, const char *to, GError **error)
{
  int result = g_mkdir_with_parents (to, 0700) < 0 ? -errno : 0;

  for (guint i = 0; result == 0 && vt_old_state_files[i] != NULL; i++)
    result = copy_file (from, to, vt_old_state_files[i]);
  /* This file must be the last: if the copy is interrupted, the file is absent, and the next start
   * copies everything again. */
  if (result == 0)
    result = copy_file (from, to, VT_STATE_LOG_FILE);

  return result == 0
         || vt_error_set (error, VT_ERROR_STATE, "copying the state from %s to %s: %s", from, to,
                          g_strerror (-result));
}

/* The state in the volatile folder is newer, because it is from this boot. */
static const char *
move_back (const char *state_dir, const char *volatile_dir, GError **error)
{
  int result;

  g_message ("%s is writable again: moving the state from %s back to it", state_dir, volatile_dir);
  if (!copy_state (volatile_dir, state_dir, error))
    return NULL;

  /* Otherwise the next start would use this copy, which is out of date by then. */
  result = vt_state_folder_remove (volatile_dir, VT_STATE_LOG_FILE);
  if (result == 0)
    return state_dir;

  vt_error_set (error, VT_ERROR_STATE, "removing %s/%s: %s", volatile_dir, VT_STATE_LOG_FILE,
                g_strerror (-result));
  return NULL;
}

const char *
vt_state_location_choose (const char *state_dir, const char *volatile_dir, GError **error)
{
  if (volatile_dir == NULL)
    return state_dir;
  if (!is_read_only (state_dir))
    return has_state (volatile_dir) ? move_back (state_dir, volatile_dir, error) : state_dir;

  g_warning ("%s is on a read-only file system: the state is kept in %s, and is lost at the next "
             "boot",
             state_dir, volatile_dir);
  if (!has_state (volatile_dir) && !copy_state (state_dir, volatile_dir, error))
    return NULL;

  return volatile_dir;
}

const char *
vt_state_location_find (const char *state_dir, const char *volatile_dir)
{
  return volatile_dir != NULL && has_state (volatile_dir) ? volatile_dir : state_dir;
}
