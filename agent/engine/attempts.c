/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/engine/attempts.h"

#define MAX_DEVICES 16384

typedef struct
{
  char *identity;
  guint count;
  gboolean early;
} Attempt;

struct VtAttempts
{
  GHashTable *devices; /* "block/vda" → Attempt */
};

static void
attempt_free (Attempt *attempt)
{
  g_free (attempt->identity);
  g_free (attempt);
}

VtAttempts *
vt_attempts_new (void)
{
  VtAttempts *attempts = g_new0 (VtAttempts, 1);

  attempts->devices
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) attempt_free);

  return attempts;
}

void
vt_attempts_free (VtAttempts *attempts)
{
  g_hash_table_unref (attempts->devices);
  g_free (attempts);
}

/* That of the device; a new one where it has none, or bears another's name. */
static Attempt *
look_up (VtAttempts *attempts, const char *section, const char *device, const char *identity)
{
  g_autofree char *name = g_strdup_printf ("%s/%s", section, device);
  Attempt *attempt = g_hash_table_lookup (attempts->devices, name);

  if (attempt != NULL && g_str_equal (attempt->identity, identity))
    return attempt;

  if (g_hash_table_size (attempts->devices) >= MAX_DEVICES)
    vt_attempts_reset (attempts);

  attempt = g_new0 (Attempt, 1);
  attempt->identity = g_strdup (identity);
  g_hash_table_replace (attempts->devices, g_steal_pointer (&name), attempt);

  return attempt;
}

void
vt_attempts_begin (VtAttempts *attempts,
                   const char *section,
                   const char *device,
                   const char *identity)
{
  Attempt *attempt = look_up (attempts, section, device, identity);

  if (attempt->count == 0)
    attempt->early = TRUE;
}

gboolean
vt_attempts_take (VtAttempts *attempts,
                  const char *section,
                  const char *device,
                  const char *identity,
                  gboolean *ret_early)
{
  Attempt *attempt = look_up (attempts, section, device, identity);

  if (attempt->count >= VT_ATTEMPTS_MAX)
    return FALSE;

  attempt->count++;
  *ret_early = attempt->early;
  return TRUE;
}

void
vt_attempts_settle (VtAttempts *attempts, const char *section, const char *device)
{
  g_autofree char *name = g_strdup_printf ("%s/%s", section, device != NULL ? device : "");
  GHashTableIter iter;
  gpointer key, attempt;

  g_hash_table_iter_init (&iter, attempts->devices);
  while (g_hash_table_iter_next (&iter, &key, &attempt))
    if (device != NULL ? g_str_equal (key, name) : g_str_has_prefix (key, name))
      ((Attempt *) attempt)->early = FALSE;
}

void
vt_attempts_forget (VtAttempts *attempts, const char *section, const char *device)
{
  g_autofree char *name = g_strdup_printf ("%s/%s", section, device);

  g_hash_table_remove (attempts->devices, name);
}

void
vt_attempts_reset (VtAttempts *attempts)
{
  g_hash_table_remove_all (attempts->devices);
}
