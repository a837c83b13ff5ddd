/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/tunables/hints.h"

#include <string.h>

#include "protocol/error.h"

#define PCI      "[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]"
#define NUMBER   "[0-9]{1,10}"
#define LUN      NUMBER ":" NUMBER ":" NUMBER
#define TEXT_MAX 128 /* bytes of a serial number; those of disks are shorter */

static const char *const backing_words[] = {
  [VT_BACKING_UNSAID] = NULL,   [VT_BACKING_IMAGE] = "image",
  [VT_BACKING_BLOCK] = "block", [VT_BACKING_ISCSI] = "iscsi",
  [VT_BACKING_LUN] = "lun",     [VT_BACKING_PASSTHROUGH] = "passthrough",
};

G_STATIC_ASSERT (G_N_ELEMENTS (backing_words) == VT_N_BACKINGS);

static void
hint_free (VtHint *hint)
{
  g_free (hint->serial);
  g_free (hint->address);
  g_free (hint);
}

VtHints *
vt_hints_new (void)
{
  VtHints *hints = g_new0 (VtHints, 1);

  hints->list = g_ptr_array_new_with_free_func ((GDestroyNotify) hint_free);

  return hints;
}

void
vt_hints_free (VtHints *hints)
{
  if (hints == NULL)
    return;

  g_ptr_array_unref (hints->list);
  g_free (hints);
}

/* Takes ownership of the strings. */
static void
append (VtHints *hints, char *serial, char *address, VtBacking backing, VtRotational rotational)
{
  VtHint *hint = g_new (VtHint, 1);

  *hint = (VtHint){ serial, address, backing, rotational };
  g_ptr_array_add (hints->list, hint);
}

VtHints *
vt_hints_copy (const VtHints *hints)
{
  VtHints *copy = vt_hints_new ();

  for (guint i = 0; i < hints->list->len; i++)
    {
      const VtHint *hint = g_ptr_array_index (hints->list, i);

      append (copy, g_strdup (hint->serial), g_strdup (hint->address), hint->backing,
              hint->rotational);
    }

  return copy;
}

const char *
vt_backing_word (VtBacking backing)
{
  return backing_words[backing];
}

static gboolean
parse_backing (const char *word, VtBacking *ret, GError **error)
{
  for (guint i = 0; i < VT_N_BACKINGS; i++)
    {
      if (g_strcmp0 (backing_words[i], word) != 0)
        continue;

      *ret = i;
      return TRUE;
    }

  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                       "'%s' is no kind of backing; allowed: image block iscsi lun passthrough",
                       word);
}

static gboolean
check_serial (const char *serial, GError **error)
{
  const gsize len = strlen (serial);

  for (gsize i = 0; i < len; i++)
    {
      if (!g_ascii_isprint (serial[i]))
        return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                             "a serial number has a character that is not printable");
    }

  if (len == 0 || len > TEXT_MAX)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "a serial number has 1 to %d characters",
                         TEXT_MAX);

  return TRUE;
}

static gboolean
check_address (const char *address, GError **error)
{
  if (g_regex_match_simple ("^(" PCI "(/" LUN ")?|" NUMBER ":" LUN ")$", address, 0, 0))
    return TRUE;

  return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                       "'%s' is no address of a disk; write 0000:00:05.0, 8:0:0:1 or "
                       "0000:00:07.0/0:0:1",
                       address);
}

gboolean
vt_hints_add (VtHints *hints,
              const char *serial,
              const char *address,
              const char *backing,
              VtRotational rotational,
              GError **error)
{
  VtBacking parsed = VT_BACKING_UNSAID;

  if ((serial == NULL) == (address == NULL))
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT,
                         "a hint has either a serial number or an address");
  if (hints->list->len >= VT_HINTS_MAX)
    return vt_error_set (error, VT_ERROR_INVALID_ARGUMENT, "there are more than %d hints",
                         VT_HINTS_MAX);
  if ((serial != NULL && !check_serial (serial, error))
      || (address != NULL && !check_address (address, error))
      || !parse_backing (backing, &parsed, error))
    return FALSE;

  append (hints, g_strdup (serial), g_strdup (address), parsed, rotational);
  return TRUE;
}

/* The last part of @path that matches @pattern; "" if none does. (transfer full) */
static char *
find_part (const char *path, const char *pattern)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);

  for (guint i = g_strv_length (parts); i > 0; i--)
    {
      if (g_regex_match_simple (pattern, parts[i - 1], 0, 0))
        return g_strdup (parts[i - 1]);
    }

  return g_strdup ("");
}

void
vt_disk_address_init (VtDiskAddress *address, const char *path)
{
  address->function = find_part (path, "^" PCI "$");
  address->unit = find_part (path, "^" NUMBER ":" LUN "$");
}

void
vt_disk_address_clear (VtDiskAddress *address)
{
  g_clear_pointer (&address->function, g_free);
  g_clear_pointer (&address->unit, g_free);
}

gboolean
vt_hint_has_address (const VtHint *hint, const VtDiskAddress *address)
{
  const char *function = address->function;
  const char *below;

  if (hint->address == NULL)
    return FALSE;

  below = strchr (hint->address, '/');
  if (below == NULL)
    return g_str_equal (hint->address, function) || g_str_equal (hint->address, address->unit);

  return strncmp (function, hint->address, (gsize) (below - hint->address)) == 0
         && function[below - hint->address] == '\0' && *address->unit != '\0'
         && g_str_equal (strchr (address->unit, ':') + 1, below + 1);
}
