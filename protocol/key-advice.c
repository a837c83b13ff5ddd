/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "protocol/key-advice.h"

#include <string.h>

#include "protocol/suggest.h"

/* A mistyped section: the key with the sections that are near. */
static char *
advise_section (const char *key, const char *const *sections)
{
  const gsize len = strcspn (key, "/");
  g_autofree char *section = g_strndup (key, len);
  g_autoptr (GPtrArray) near = g_ptr_array_new_with_free_func (g_free);

  for (; *sections != NULL; sections++)
    {
      const char *const one[] = { *sections, NULL };
      g_autofree char *found = vt_suggest (section, one);

      if (found != NULL)
        g_ptr_array_add (near, g_strdup_printf ("'%s%s'", *sections, key + len));
    }

  if (near->len == 0)
    return NULL;

  g_ptr_array_add (near, NULL);
  return g_strjoinv (" or ", (char **) near->pdata);
}

/* The names of sysctl(8) are the only ones with a dot before any slash. */
static gboolean
is_like_sysctl (const char *key)
{
  const char *separator = strpbrk (key, "./");

  return separator != NULL && separator != key && *separator == '.' && separator[1] != '\0';
}

char *
vt_key_advise (const char *key, const char *const *sections)
{
  char *advice = advise_section (key, sections);

  if (advice == NULL && is_like_sysctl (key))
    advice = g_strdup_printf ("'sysctl/%s'", key);

  return advice;
}
