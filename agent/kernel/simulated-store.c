/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "agent/kernel/simulated-store.h"

#include <errno.h>
#include <string.h>

#include "agent/kernel/sysctl-pairs.h"

#define SYSCTLS "proc/sys/"

#define HUGE_PAGES "sys/kernel/mm/transparent_hugepage/enabled"

/* What khugepaged recommends in a guest as small as those of the fixtures: 5 % of its memory. */
#define RECOMMENDED_MIN_FREE 22528

static const char *const disturbed[][2] = {
  { HUGE_PAGES, "proc/sys/vm/min_free_kbytes" },
  { "proc/sys/kernel/watchdog", "proc/sys/kernel/nmi_watchdog" },
};

const char *
vt_simulated_find_disturbed (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (disturbed); i++)
    {
      if (g_str_equal (path, disturbed[i][0]))
        return disturbed[i][1];
    }

  return NULL;
}

char *
vt_simulated_disturb (const char *path, const char *value, const char *before)
{
  const gboolean huge_pages = g_str_equal (path, HUGE_PAGES);

  /* set_recommended_min_free_kbytes() of mm/khugepaged.c */
  if (huge_pages && !g_str_equal (value, "never")
      && g_ascii_strtoll (before, NULL, 10) < RECOMMENDED_MIN_FREE)
    return g_strdup_printf ("%d", RECOMMENDED_MIN_FREE);
  /* proc_watchdog_common() of kernel/watchdog.c */
  if (!huge_pages && g_str_equal (value, "0"))
    return g_strdup ("0");

  return g_strdup (before);
}

char *
vt_simulated_find_zeroed (const char *path)
{
  g_autofree char *name = NULL;
  g_autofree char *tail = NULL;
  const char *pair;

  if (!g_str_has_prefix (path, SYSCTLS))
    return NULL;

  name = g_strdelimit (g_strdup (path + strlen (SYSCTLS)), "/", '.');
  pair = vt_sysctl_find_pair (name);
  if (pair == NULL)
    return NULL;

  tail = g_strdelimit (g_strdup (pair), ".", '/');
  return g_strconcat (SYSCTLS, tail, NULL);
}

/* Turns "[a] b c" into "a [b] c" if @value is "b". */
static int
store_choice (const char *before, const char *value, char **ret)
{
  g_auto (GStrv) words = g_strsplit_set (before, " []", -1);
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean found = FALSE;

  for (guint i = 0; words[i] != NULL; i++)
    {
      gboolean chosen = g_str_equal (words[i], value);

      if (*words[i] == '\0')
        continue;
      found = found || chosen;
      g_string_append_printf (text, chosen ? "%s[%s]" : "%s%s", text->len > 0 ? " " : "", words[i]);
    }

  if (!found)
    return -EINVAL;

  *ret = g_string_free (g_steal_pointer (&text), FALSE);
  return 0;
}

int
vt_simulated_write (const char *path, const char *before, const char *value, char **ret)
{
  if (strchr (before, '[') != NULL)
    return store_choice (before, value, ret);

  /* A disk without I/O schedulers accepts every value and keeps "none". */
  if (g_str_has_suffix (path, "/queue/scheduler") && g_str_equal (before, "none"))
    *ret = g_strdup (before);
  /* The state of a memory block does not show in which zone it came online. */
  else if (g_str_has_suffix (path, "/state") && g_str_has_prefix (value, "online"))
    *ret = g_strdup ("online");
  else
    *ret = g_strdup (value);

  if (strchr (before, '\t') != NULL)
    g_strdelimit (*ret, " ", '\t');

  return 0;
}
